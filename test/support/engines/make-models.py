#!/usr/bin/env python3
"""Make small GGUF files for the tests. Standard library only.

  make-models.py tiny   SRC.gguf OUT.gguf   a 2-layer random-weight llama with SRC's tokenizer and chat template:
                                            loads at once, answers nonsense, same bytes every run
  make-models.py minilm MODEL_DIR OUT.gguf  all-MiniLM-L6-v2 (model.safetensors, vocab.txt) as a BERT embedding
                                            GGUF, f16: a real embeddings model
  make-models.py broken SRC.gguf FOLDER     files that no engine can load: empty, no GGUF, SRC with half of its
                                            weights, and SRC with all but one of its tensors missing
"""
import json
import os
import random
import struct
import sys

U8, I8, U16, I16, U32, I32, F32, BOOL, STR, ARR, U64, I64, F64 = range(13)
SCALAR = {U8: "<B", I8: "<b", U16: "<H", I16: "<h", U32: "<I", I32: "<i", F32: "<f", BOOL: "<?", U64: "<Q",
          I64: "<q", F64: "<d"}
GGML_F32, GGML_F16 = 0, 1
ALIGN = 32


def enc_str(s):
    b = s if isinstance(s, bytes) else s.encode()
    return struct.pack("<Q", len(b)) + b


def enc(kind, value):
    return enc_str(value) if kind == STR else struct.pack(SCALAR[kind], value)


def enc_array(kind, values):
    return struct.pack("<IQ", kind, len(values)) + b"".join(enc(kind, v) for v in values)


class Reader:
    """Header of a GGUF v2/v3 file; values are kept as raw bytes so that they can be copied unchanged."""

    def __init__(self, path):
        self.f = open(path, "rb")
        self.size = os.path.getsize(path)
        if self.take(4) != b"GGUF":
            raise SystemExit(f"{path}: not a GGUF file")
        self.version, tensors, kvs = struct.unpack("<IQQ", self.take(20))
        self.kv = {}
        for _ in range(kvs):
            key = self.string().decode()
            kind = struct.unpack("<I", self.take(4))[0]
            start = self.f.tell()
            self.skip(kind)
            end = self.f.tell()
            self.f.seek(start)
            self.kv[key] = (kind, self.take(end - start))
        self.tensors = []
        for _ in range(tensors):
            name = self.string().decode()
            dims = struct.unpack("<I", self.take(4))[0]
            shape = struct.unpack(f"<{dims}Q", self.take(8 * dims))
            self.tensors.append((name, shape) + struct.unpack("<IQ", self.take(12)))
        self.data_at = (self.f.tell() + ALIGN - 1) // ALIGN * ALIGN

    def take(self, n):
        b = self.f.read(n)
        if len(b) != n:
            raise SystemExit("GGUF header is cut short")
        return b

    def string(self):
        n = struct.unpack("<Q", self.take(8))[0]
        if n > self.size:
            raise SystemExit("GGUF string longer than the file")
        return self.take(n)

    def skip(self, kind):
        if kind == STR:
            self.string()
        elif kind == ARR:
            sub, n = struct.unpack("<IQ", self.take(12))
            if n > self.size:
                raise SystemExit("GGUF array longer than the file")
            for _ in range(n):
                self.skip(sub)
        else:
            self.take(struct.calcsize(SCALAR[kind]))


def write_gguf(path, kv, tensors):
    """kv: list of (key, type, raw bytes); tensors: list of (name, shape, ggml type, bytes)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(kv))
    for key, kind, raw in kv:
        head += enc_str(key) + struct.pack("<I", kind) + raw
    at = 0
    for name, shape, kind, data in tensors:
        head += enc_str(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", kind, at)
        at += (len(data) + ALIGN - 1) // ALIGN * ALIGN
    tmp = path + ".part"
    with open(tmp, "wb") as out:
        out.write(head + b"\0" * (-len(head) % ALIGN))
        for _, _, _, data in tensors:
            out.write(data + b"\0" * (-len(data) % ALIGN))
    os.replace(tmp, path)


def tiny(src, out):
    """Hyperparameters are small; the vocabulary is SRC's, so token counts equal the real model's."""
    donor = Reader(src)
    rng = random.Random(20260101)
    layers, width, ff, heads, kv_heads = 2, 64, 128, 4, 2
    head = width // heads
    vocab = struct.unpack("<IQ", donor.kv["tokenizer.ggml.tokens"][1][:12])[1]

    def noise(rows, cols, scale):
        n = rows * cols
        return struct.pack(f"<{n}e", *((rng.random() * 2 - 1) * scale for _ in range(n)))

    def ones(n):
        return struct.pack(f"<{n}f", *([1.0] * n))

    kv = [(k, t, enc(t, v)) for k, t, v in (
        ("general.architecture", STR, "llama"), ("general.name", STR, "laneway tiny random"),
        ("general.type", STR, "model"), ("general.file_type", U32, 1), ("llama.block_count", U32, layers),
        ("llama.context_length", U32, 4096), ("llama.embedding_length", U32, width),
        ("llama.feed_forward_length", U32, ff), ("llama.attention.head_count", U32, heads),
        ("llama.attention.head_count_kv", U32, kv_heads), ("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        ("llama.rope.dimension_count", U32, head), ("llama.vocab_size", U32, vocab))]
    kv += [(k, t, raw) for k, (t, raw) in donor.kv.items() if k.startswith("tokenizer.")]
    tensors = [("token_embd.weight", (width, vocab), GGML_F16, noise(vocab, width, 1.0)),
               ("output_norm.weight", (width,), GGML_F32, ones(width))]
    for i in range(layers):
        b = f"blk.{i}."
        tensors += [
            (b + "attn_norm.weight", (width,), GGML_F32, ones(width)),
            (b + "attn_q.weight", (width, width), GGML_F16, noise(width, width, 0.3)),
            (b + "attn_k.weight", (width, head * kv_heads), GGML_F16, noise(head * kv_heads, width, 0.3)),
            (b + "attn_v.weight", (width, head * kv_heads), GGML_F16, noise(head * kv_heads, width, 0.3)),
            (b + "attn_output.weight", (width, width), GGML_F16, noise(width, width, 0.3)),
            (b + "ffn_norm.weight", (width,), GGML_F32, ones(width)),
            (b + "ffn_gate.weight", (width, ff), GGML_F16, noise(ff, width, 0.3)),
            (b + "ffn_up.weight", (width, ff), GGML_F16, noise(ff, width, 0.3)),
            (b + "ffn_down.weight", (ff, width), GGML_F16, noise(width, ff, 0.3))]
    write_gguf(out, kv, tensors)


def minilm(folder, out):
    cfg = json.load(open(os.path.join(folder, "config.json")))
    vocab = open(os.path.join(folder, "vocab.txt"), encoding="utf-8").read().split("\n")
    if vocab and vocab[-1] == "":
        vocab.pop()
    tokens, types = [], []
    for t in vocab:
        special = t.startswith("[") and t.endswith("]")
        types.append(3 if special else 1)
        tokens.append(t if special else t[2:] if t.startswith("##") else "\u2581" + t)
    kv = [(k, t, enc(t, v)) for k, t, v in (
        ("general.architecture", STR, "bert"), ("general.name", STR, "all-MiniLM-L6-v2"),
        ("general.type", STR, "model"), ("general.file_type", U32, 1),
        ("bert.block_count", U32, cfg["num_hidden_layers"]),
        ("bert.context_length", U32, cfg["max_position_embeddings"]),
        ("bert.embedding_length", U32, cfg["hidden_size"]),
        ("bert.feed_forward_length", U32, cfg["intermediate_size"]),
        ("bert.attention.head_count", U32, cfg["num_attention_heads"]),
        ("bert.attention.layer_norm_epsilon", F32, cfg["layer_norm_eps"]),
        ("bert.attention.causal", BOOL, False), ("bert.pooling_type", U32, 1),
        ("tokenizer.ggml.model", STR, "bert"), ("tokenizer.ggml.pre", STR, "default"),
        ("tokenizer.ggml.token_type_count", U32, cfg["type_vocab_size"]),
        ("tokenizer.ggml.unknown_token_id", U32, vocab.index("[UNK]")),
        ("tokenizer.ggml.seperator_token_id", U32, vocab.index("[SEP]")),
        ("tokenizer.ggml.padding_token_id", U32, vocab.index("[PAD]")),
        ("tokenizer.ggml.cls_token_id", U32, vocab.index("[CLS]")),
        ("tokenizer.ggml.mask_token_id", U32, vocab.index("[MASK]")))]
    kv.append(("tokenizer.ggml.tokens", ARR, enc_array(STR, tokens)))
    kv.append(("tokenizer.ggml.token_type", ARR, enc_array(I32, types)))

    names = {"embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
             "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm"}
    for i in range(cfg["num_hidden_layers"]):
        a, b = f"encoder.layer.{i}.", f"blk.{i}."
        names.update({a + "attention.self.query": b + "attn_q", a + "attention.self.key": b + "attn_k",
                      a + "attention.self.value": b + "attn_v", a + "attention.output.dense": b + "attn_output",
                      a + "attention.output.LayerNorm": b + "attn_output_norm",
                      a + "intermediate.dense": b + "ffn_up", a + "output.dense": b + "ffn_down",
                      a + "output.LayerNorm": b + "layer_output_norm"})
    tensors = []
    with open(os.path.join(folder, "model.safetensors"), "rb") as f:
        n = struct.unpack("<Q", f.read(8))[0]
        index = json.loads(f.read(n))
        base = 8 + n
        for name, info in sorted(index.items()):
            stem, _, suffix = name.rpartition(".")
            if name == "__metadata__" or stem not in names:
                continue
            if info["dtype"] != "F32":
                raise SystemExit(f"{name}: {info['dtype']} is not handled")
            begin, end = info["data_offsets"]
            f.seek(base + begin)
            raw = f.read(end - begin)
            target = f"{names[stem]}.{suffix}"
            kind = GGML_F32
            # the engine adds position and type rows as f32; matrices may be f16
            if len(info["shape"]) == 2 and names[stem] not in ("position_embd", "token_types"):
                kind, step, parts = GGML_F16, 4 << 20, []
                for at in range(0, len(raw), step):
                    part = raw[at:at + step]
                    parts.append(struct.pack(f"<{len(part) // 4}e", *struct.unpack(f"<{len(part) // 4}f", part)))
                raw = b"".join(parts)
            tensors.append((target, tuple(reversed(info["shape"])), kind, raw))
    missing = [v for v in names.values() if not any(t[0].rpartition(".")[0] == v for t in tensors)]
    if missing:
        raise SystemExit(f"tensors not found: {missing}")
    write_gguf(out, kv, tensors)


def broken(src, folder):
    source = Reader(src)
    with open(src, "rb") as file:
        whole = file.read()
    os.makedirs(folder, exist_ok=True)
    files = {
        "empty": b"",
        "not-gguf": b"plain text, not a model\n" * 50,
        "cut-tensors": whole[:(source.data_at + len(whole)) // 2],
    }
    for name, content in files.items():
        with open(os.path.join(folder, f"{name}.gguf"), "wb") as file:
            file.write(content)
    kv = [(key, kind, raw) for key, (kind, raw) in source.kv.items()]
    norm = ("output_norm.weight", (64,), GGML_F32, bytes(64 * 4))
    write_gguf(os.path.join(folder, "missing-tensor.gguf"), kv, [norm])


if __name__ == "__main__":
    jobs = {"tiny": tiny, "minilm": minilm, "broken": broken}
    if len(sys.argv) != 4 or sys.argv[1] not in jobs:
        raise SystemExit(__doc__)
    jobs[sys.argv[1]](sys.argv[2], sys.argv[3])
