//! The floor of a gateway in Rust: a hyper server, a tower service and hyper's pooled client, which
//! pass both bodies through untouched. Whatever a gateway costs above this is its own doing.
//!
//! Flags: `--addr --backend`
use bench_kit::{loopback, opt, runtime};
use http_body_util::BodyExt;
use hyper::{Request, Response, Uri, body::Incoming, header, server::conn::http1};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};

type Body = http_body_util::combinators::BoxBody<bytes::Bytes, hyper::Error>;

async fn forward(
    client: Client<HttpConnector, Body>,
    backend: http::uri::Authority,
    request: Request<Incoming>,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().cloned().unwrap();
    parts.uri = Uri::builder().scheme("http").authority(backend).path_and_query(path).build()?;
    for name in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE] {
        parts.headers.remove(name);
    }
    let mut response = client.request(Request::from_parts(parts, body.boxed())).await?;
    response.headers_mut().remove(header::CONNECTION);
    Ok(response.map(BodyExt::boxed))
}

fn main() {
    let addr = loopback(&opt("addr", "127.0.0.1:19000"));
    let backend: http::uri::Authority =
        loopback(&opt("backend", "127.0.0.1:18080")).to_string().parse().unwrap();
    runtime().block_on(async move {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(256).build(connector);
        let service = tower::service_fn(move |request| forward(client.clone(), backend.clone(), request));
        let listener = tokio::net::TcpListener::bind(addr).await.expect("bind");
        loop {
            let Ok((socket, _)) = listener.accept().await else { continue };
            let _ = socket.set_nodelay(true);
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    });
}
