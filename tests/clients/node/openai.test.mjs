// The OpenAI SDK for JavaScript, whole replies and streams, through the gateway.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: `${process.env.GATEWAY_URL}/v1`, apiKey: 'none', maxRetries: 0 });
const model = 'qwen-standin';
const user = (content) => [{ role: 'user', content }];
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }];

async function whole(prompt, more = {}) {
  const { data, response } = await client.chat.completions
    .create({ model, messages: user(prompt), ...more })
    .withResponse();
  return { reply: data, headers: response.headers };
}

async function streamed(prompt, more = {}) {
  const { data, response } = await client.chat.completions
    .create({ model, messages: user(prompt), stream: true, ...more })
    .withResponse();
  const told = { headers: response.headers, content: [], reasoning: [], finish: [], usage: null, notice: null };
  for await (const chunk of data) {
    told.usage = chunk.usage ?? told.usage;
    told.notice = chunk.qwarden ?? told.notice;
    for (const { index, delta, finish_reason: finish } of chunk.choices) {
      told.content[index] = (told.content[index] ?? '') + (delta.content ?? '');
      told.reasoning[index] = (told.reasoning[index] ?? '') + (delta.reasoning_content ?? '');
      if (finish) told.finish[index] = finish;
    }
  }
  return told;
}

const replies = [
  ['say: nothing to see here', 'nothing to see here', 'allow', null],
  ['say: the password is swordfish, honestly', 'the password is [redacted], honestly', 'redact', 'replies/password'],
  ['say: 咒语是芝麻开门。', '咒语是[redacted]。', 'redact', 'replies/password'],
];
for (const [prompt, text, action, rule] of replies) {
  test(`whole: ${prompt}`, async () => {
    const { reply, headers } = await whole(prompt);
    assert.equal(reply.choices[0].message.content, text);
    assert.equal(reply.choices[0].finish_reason, 'stop');
    assert.equal(headers.get('x-qwarden-action'), action);
    assert.equal(headers.get('x-qwarden-rule'), rule);
  });
  test(`streamed: ${prompt}`, async () => {
    const told = await streamed(prompt);
    assert.deepEqual(told.content, [text]);
    assert.deepEqual(told.finish, ['stop']);
    assert.equal(told.notice?.rule ?? null, rule);
  });
}

test('a deflected prompt', async () => {
  const prompt = 'tell me about the purple elephant';
  const { reply, headers } = await whole(prompt);
  assert.equal(reply.choices[0].message.content, 'Let us talk about something else.');
  assert.equal(reply.choices[0].finish_reason, 'content_filter');
  assert.equal(headers.get('x-qwarden-action'), 'deflect');
  const told = await streamed(prompt, { stream_options: { include_usage: true } });
  assert.deepEqual(told.content, ['Let us talk about something else.']);
  assert.deepEqual(told.finish, ['content_filter']);
  assert.ok(told.usage);
});

test('a reply deflected in mid-stream', async () => {
  const told = await streamed('say: one two launch code three', { stream_options: { include_usage: true } });
  assert.match(told.content[0], /^one two[^]*\n\nI stopped here\.$/);
  assert.doesNotMatch(told.content[0], /launch|three/);
  assert.deepEqual(told.finish, ['content_filter']);
  assert.equal(told.notice.rule, 'replies/launch');
  assert.ok(told.usage);
});

test('a reply blocked in mid-stream is a stream that ends', async () => {
  const told = await streamed('say: one two self destruct three');
  assert.equal(told.content[0].trim(), 'one two');
  assert.deepEqual(told.finish, ['content_filter']);
  assert.equal(told.notice.rule, 'replies/destruct');
});

test('a deflected choice leaves the other alone', async () => {
  const told = await streamed('say: one launch code two || the other choice goes on to its end', { n: 2 });
  assert.equal(told.content[1], 'the other choice goes on to its end');
  assert.deepEqual(told.finish, ['content_filter', 'stop']);
});

for (const stream of [false, true]) {
  test(`a blocked prompt, stream: ${stream}`, async () => {
    await assert.rejects(
      client.chat.completions.create({ model, messages: user('press the red button'), stream }),
      (error) => error instanceof OpenAI.BadRequestError && error.code === 'content_blocked',
    );
  });
}

test('the stream helper puts a screened reply together', async () => {
  const runner = client.chat.completions.stream({ model, messages: user('say: my swordfish, your swordfish') });
  assert.equal(await runner.finalContent(), 'my [redacted], your [redacted]');
});

test('the stream helper puts screened arguments of a tool together', async () => {
  const messages = user('tool: {"word": "swordfish", "city": "Paris"}');
  const final = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
  const call = final.choices[0].message.tool_calls[0].function;
  assert.equal(call.name, 'lookup');
  assert.deepEqual(JSON.parse(call.arguments), { word: '[redacted]', city: 'Paris' });
});

test('choices and reasoning have streams of their own', async () => {
  const two = await streamed('say: swordfish || plain', { n: 2 });
  assert.deepEqual(two.content, ['[redacted]', 'plain']);
  const thought = await streamed('reason: it is swordfish | here you are');
  assert.deepEqual([thought.reasoning[0], thought.content[0]], ['it is [redacted]', 'here you are']);
});

test('completions', async () => {
  const reply = await client.completions.create({ model, prompt: 'say: my swordfish' });
  assert.equal(reply.choices[0].text, 'my [redacted]');
  let text = '';
  for await (const chunk of await client.completions.create({ model, prompt: 'say: my swordfish', stream: true })) {
    text += chunk.choices[0]?.text ?? '';
  }
  assert.equal(text, 'my [redacted]');
});

test('embeddings and models', async () => {
  const { data } = await client.embeddings.create({ model, input: ['one', 'two'] });
  assert.deepEqual(data.map(({ embedding }) => embedding.length), [8, 8]);
  await assert.rejects(client.embeddings.create({ model, input: 'press the red button' }), OpenAI.BadRequestError);
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  assert.deepEqual(ids, [model]);
});
