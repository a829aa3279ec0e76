// Embeds the same texts with each client; ../embeddings.test.ts starts it. A line of JSON for each client and model.
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { OllamaEmbeddings } from '@langchain/ollama';
import { OpenAIEmbeddings } from '@langchain/openai';
import { embedMany } from 'ai';
import { createOllama } from 'ollama-ai-provider-v2';

const { url, models, clients, texts } = JSON.parse(process.argv[2]);
const apiKey = 'sk-fake-client';
const baseURL = `${url}/v1`;
console.warn = () => undefined;

async function many(model) {
  return (await embedMany({ model, values: texts, maxRetries: 0 })).embeddings;
}

const CLIENTS = {
  '@ai-sdk/openai': (model) => many(createOpenAI({ baseURL, apiKey }).embedding(model)),
  '@ai-sdk/openai-compatible': (model) =>
    many(createOpenAICompatible({ name: 'laneway', baseURL }).embeddingModel(model)),
  'ollama-ai-provider-v2': (model) => many(createOllama({ baseURL: `${url}/api` }).embeddingModel(model)),
  '@langchain/openai': (model) => {
    const configuration = { baseURL };
    return new OpenAIEmbeddings({ model, apiKey, configuration, maxRetries: 0 }).embedDocuments(texts);
  },
  '@langchain/ollama': (model) =>
    new OllamaEmbeddings({ model, baseUrl: url, maxRetries: 0 }).embedDocuments(texts),
};

for (const client of clients) {
  for (const model of models) {
    const result = await CLIENTS[client](model).then(
      (vectors) => ({ vectors: vectors.map((vector) => [...vector]) }),
      (error) => ({ error: String(error) }),
    );
    process.stdout.write(`${JSON.stringify({ client, model, ...result })}\n`);
  }
}
