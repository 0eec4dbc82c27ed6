"""Everything the benchmark sends and screens for, generated, the same on every machine."""
import json, pathlib, random

EN = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just those people too how little good world make very year still see own work men day get here old between both life being under three never know same last another while us might great go come since against right came take used himself few house use place during high without again home around small however found part school every don got united left number course war until always away something fact water though public put thing less hand far took head yet system better set told nothing night end called eyes find going look asked later knew point next program city business give group toward days young let room side social given present several order national second possible rather face per among form often things important early large case big four within felt along children saw best church ever least power development light seemed family interest want members mind country area others done turned although open service problem certain kind different thus began door help sense means whole matter""".split()
ZH = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢病始达深完今提求清王化空业思切怎非找片罗钱语元喜曾离飞科言干流欢约各即指合反题必该论交终林请医晚制球决传画保读运及则房早院量苦火布品近坐产答星精视五连司巴奇管类未朋且婚台夜青北队久乎越观落尽形影红爸百令周吧识步希亚术留市半热送兴造谈容极随演收首根讲整式取照办强石古华"
SYLLABLES = [c + v for c in "b d f g k l m n p r s t v z br cr dr gr kl pl pr sk st str tr zh".split() for v in "a e i o u ai ea oo ou".split()]
CODAS = ["", "n", "r", "x", "ck", "th", "sh", "m", "ng", "zz"]


def english(rng, size):
    """About `size` bytes of English-looking sentences, frequent words first."""
    out, length, since = [], 0, 0
    while length < size:
        frequent = rng.random() < 0.9
        word = EN[max(0, int(len(EN) ** rng.random()) - 1)] if frequent else rng.choice(EN)
        since += 1
        if since > 8 and rng.random() < 0.12:
            word, since = word + ".", 0
        elif rng.random() < 0.05:
            word += ","
        out.append(word.capitalize() if since == 1 else word)
        length += len(word) + 1
    return " ".join(out)[:size]


def keyword(rng):
    """Half made-up English words and phrases, half Chinese of two to five characters."""
    if rng.random() < 0.5:
        count = rng.choice([2, 3, 3, 4, 4, 5])
        return "".join(rng.choice(ZH[150:] if count == 2 else ZH) for _ in range(count))
    word = "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))) + rng.choice(CODAS)
    if rng.random() < 0.15:
        word += " " + "".join(rng.choice(SYLLABLES) for _ in range(2)) + rng.choice(CODAS)
    return word if len(word) >= 5 else word + "zq"


def write(folder):
    """Writes bodies and keyword lists into `folder`; no keyword stands in any body."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20261123)
    texts = {kb: english(rng, kb * 1024) for kb in (1, 32)}
    for kb, text in texts.items():
        for stream in (False, True):
            system = {"role": "system", "content": "You are a helpful assistant."}
            body = {"model": "bench-model", "messages": [system, {"role": "user", "content": text}], "max_tokens": 256, "temperature": 0.7}
            if stream:
                body |= {"stream": True, "stream_options": {"include_usage": True}}
            (folder / f"body-{kb}k{'-stream' if stream else ''}.json").write_text(json.dumps(body))
    everything = " ".join(texts.values()).lower()
    keywords = {}
    while len(keywords) < 100_000:
        word = keyword(rng)
        if word not in everything:
            keywords[word] = None
    keywords = list(keywords)
    for count in (1_000, 10_000, 100_000):
        (folder / f"keywords-{count}.txt").write_text("\n".join(keywords[:count]) + "\n")
    hit = {"model": "bench-model", "messages": [{"role": "user", "content": texts[1] + " " + next(word for word in keywords if word.isascii()).upper()}]}
    (folder / "body-hit.json").write_text(json.dumps(hit))
