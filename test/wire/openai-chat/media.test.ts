import { describe, expect, test } from 'vitest';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json } from '../../support/wire.ts';

const withPart = (part: object): Buffer =>
  json({ messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, part] }] });

describe('wire case 90: media that may be a local file is rejected for every upstream', () => {
  test.each([
    [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }, 'image_url.url'],
    [{ type: 'image_url', image_url: { url: 'FILE:///etc/passwd' } }, 'image_url.url'],
    [{ type: 'image_url', image_url: { url: ' file:///etc/passwd' } }, 'image_url.url'],
    [{ type: 'image_url', image_url: { detail: 'low', url: '/etc/passwd' } }, 'image_url.url'],
    [{ type: 'image_url', image_url: 'photo.png' }, 'image_url'],
    [{ type: 'image_url', image_url: { url: '' } }, 'image_url.url'],
    [{ type: 'video_url', video_url: { url: 'file://clip.mp4' } }, 'video_url.url'],
    [{ type: 'input_audio', input_audio: { data: 'file:///a.wav', format: 'wav' } }, 'input_audio.data'],
    [{ type: 'input_audio', input_audio: { data: './a.wav', format: 'wav' } }, 'input_audio.data'],
    [{ type: 'file', file: { file_data: 'C:\\secrets.pdf' } }, 'file.file_data'],
    [{ type: 'text', text: 'hidden', image_url: { url: 'file:///etc/passwd' } }, 'image_url.url'],
  ])('%j', (part, path) => {
    const param = `messages[0].content[1].${path}`;
    expect(() => scanOpenAiChat(withPart(part))).toThrow(
      expect.objectContaining({ code: 'invalid_body', options: { param } }) as Error,
    );
  });

  test('escapes do not hide it', () => {
    const hidden = Buffer.from(
      withPart({ image_url: { url: 'file:///x' } })
        .toString()
        .replace('file:', '\\u0066ile:'),
    );
    expect(() => scanOpenAiChat(hidden)).toThrow("'messages[0].content[1].image_url.url' must be");
  });

  test('nor does a body too large to be parsed', () => {
    const part = { type: 'image_url', image_url: { url: 'file:///x', padding: 'x'.repeat(400_000) } };
    expect(() => scanOpenAiChat(withPart(part))).toThrow("'messages[0].content[1].image_url.url' must be");
  });
});

test.each([
  { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
  { type: 'image_url', image_url: { url: 'HTTP://example.com/a.png' } },
  { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  { type: 'image_url', image_url: null },
  { type: 'input_audio', input_audio: { data: '//uQxAAAAA==', format: 'mp3' } },
  { type: 'file', file: { file_id: 'file-abc123' } },
  { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
])('web URLs, data URLs, base64 and ids pass: %j', (part) => {
  expect(() => scanOpenAiChat(withPart(part))).not.toThrow();
});

test('escaped slashes, as PHP writes them, pass', () => {
  const body = withPart({ image_url: { url: 'data:image/png;base64,AA/A' }, input_audio: { data: 'AA/A' } });
  expect(() => scanOpenAiChat(Buffer.from(body.toString().replaceAll('/', '\\/')))).not.toThrow();
});
