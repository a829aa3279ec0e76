"""Embeds with the `openai` client and with LangChain; tells every vector as base64 of its 32-bit floats."""

import base64
import json
import struct
import sys

from langchain_openai import OpenAIEmbeddings
from openai import OpenAI

GIVEN = json.loads(sys.argv[1])
BASE, MODEL, TEXTS = GIVEN["base"], GIVEN["model"], GIVEN["texts"]


def bits(vectors):
    return [base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode() for v in vectors]


client = OpenAI(base_url=BASE, api_key="sk-fake-unused", max_retries=0)
chosen = client.embeddings.create(model=MODEL, input=TEXTS)
floats = client.embeddings.create(model=MODEL, input=TEXTS, encoding_format="float")
# Tokenizing on this side needs a download; the server does it.
langchain = OpenAIEmbeddings(model=MODEL, base_url=BASE, api_key="sk-fake-unused", check_embedding_ctx_length=False)
print(json.dumps({
    "openai": bits(item.embedding for item in chosen.data),
    "openai, float": bits(item.embedding for item in floats.data),
    "langchain": bits(langchain.embed_documents(TEXTS)),
    "langchain, one": bits([langchain.embed_query(TEXTS[0])]),
    "usage": chosen.usage.model_dump(),
}))
