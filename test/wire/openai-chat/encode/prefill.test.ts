import { describe, expect, test } from 'vitest';
import { groqType } from '../../../../src/providers/groq/settings.ts';
import { llamaCppType } from '../../../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { assistant, call, chatDialectOf, encode, text, user } from '../../../support/openai-upstream.ts';

const thinking = { type: 'thinking' as const, text: 'Hm.', signature: null };
const begun = [user(text('JSON, please')), assistant(text('{"a":'))];
const FLAGS = { continue_final_message: true, add_generation_prompt: false };
const CHANGED = ['parameter_changed=messages (prefill as a finished turn)'];
const vllm = chatDialectOf(vllmType);

describe('wire case 243: the beginning of a reply that the client wrote', () => {
  test('is continued by a server that only does so when asked', () => {
    expect(encode({ messages: begun }, vllm)).toMatchObject({ body: FLAGS, warnings: [] });
    const params = { add_generation_prompt: true };
    expect(encode({ messages: begun }, vllm, { params }).body).toMatchObject(FLAGS);
  });

  test.each([
    ['llama.cpp', llamaCppType],
    ['Ollama', ollamaType],
    ['Groq', groqType],
  ])('is sent without any flag to %s, which continues it anyway', (_name, type) => {
    const { body, warnings } = encode({ messages: begun }, chatDialectOf(type));
    expect(body).not.toHaveProperty('continue_final_message');
    expect(warnings).toEqual([]);
  });

  test.each([
    ['OpenAI', chatDialectOf(openAiType)],
    ['a server about which nothing is known', {}],
  ])('is a warning for %s, where a new turn begins', (_name, dialect) => {
    const { body, warnings } = encode({ messages: begun }, dialect);
    expect(body).not.toHaveProperty('continue_final_message');
    expect(warnings).toEqual(CHANGED);
  });

  test('is recognised behind thinking and in several pieces', () => {
    const last = assistant(thinking, text('One, '), text('two'));
    expect(encode({ messages: [user(text('Count')), last] }, vllm).body).toMatchObject(FLAGS);
  });

  test.each([
    ['a user turn', [user(text('hi'))]],
    ['a turn with a call', [...begun.slice(0, 1), assistant(text('Let me look.'), call('call_1'))]],
    ['thinking alone', [...begun, user(text('go on')), assistant(thinking)]],
  ])('is not taken from a conversation that ends with %s', (_name, messages) => {
    expect(encode({ messages }, vllm).body).not.toHaveProperty('continue_final_message');
    expect(encode({ messages }).warnings).not.toContain(CHANGED[0]);
  });
});
