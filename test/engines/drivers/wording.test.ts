import { describe, expect, test } from 'vitest';
import {
  causeIn,
  exitCodeOf,
  saysOutOfMemory,
  shown,
  withoutFolders,
} from '../../../src/engines/drivers/wording.ts';

describe('an engine is out of memory when it says', () => {
  test.each([
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9 MiB on device 0: cudaMalloc failed: out of memory',
    'ggml_vulkan: Device memory allocation of size 1 failed. vk::Device::allocateMemory: ErrorOutOfDeviceMemory',
    'VK_ERROR_OUT_OF_DEVICE_MEMORY',
    'hipMalloc failed',
    'model requires more system memory (48.0 GiB) than is available (12.1 GiB)',
    'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`',
    'Free memory on device (1/2 GiB) is less than desired GPU memory utilization (0.9, 1.8 GiB)',
    "terminate called after throwing an instance of 'std::bad_alloc'",
  ])('%s', (line) => {
    expect(saysOutOfMemory(line)).toBe(true);
  });

  test.each([
    'zoom',
    'OOM score adjusted',
    'out of memory, retrying without pipeline parallelism',
    'memory: 12 GiB',
  ])('but not for: %s', (line) => {
    expect(saysOutOfMemory(line)).toBe(false);
  });
});

describe('the cause of an end', () => {
  test('is the first error, not the ones that follow from it', () => {
    const lines = [
      '0.00.005 I srv    load_model: loading model',
      '0.00.012 E llama_model_load: error loading model: tensor is corrupted',
      '0.00.013 E srv    load_model: failed to load model',
      '0.00.014 E srv  llama_server: exiting due to model loading error',
    ];
    expect(causeIn(lines, false)).toBe('llama_model_load: error loading model: tensor is corrupted');
  });

  test('is found behind the port that a router puts before the lines of a child', () => {
    expect(causeIn(['[41553] 0.00.026 E llama_model_load: error loading model: bad magic'], false)).toBe(
      'llama_model_load: error loading model: bad magic',
    );
  });

  test('of a Python server is its exception', () => {
    const lines = [
      'Traceback (most recent call last):',
      '  File "x.py", line 1',
      'ValueError: The model is too long',
    ];
    expect(causeIn(lines, false)).toBe('ValueError: The model is too long');
  });

  test('is empty when the server only wrote what it always writes', () => {
    expect(causeIn(['0.00.003 W srv  llama_server: -----------------', '', '-----'], false)).toBe('');
  });

  test('is not what the file says of its model (llama-server b11434, killed by the kernel)', () => {
    const lines = [
      '[41553] 0.00.031 I llama_model_loader: - kv   3: general.name str = unknown error model',
      '[41553] 0.00.040 I print_info: rope_finetuned        = unknown',
    ];
    expect(causeIn(lines, false)).toBe('');
  });

  test('never quotes a server that has served, except for its own crash', () => {
    expect(causeIn(['failed to parse: secret', 'error: {"content":"secret"}'], true)).toBe('');
    expect(causeIn(['CUDA error: device lost'], true)).toBe('CUDA error: device lost');
    expect(causeIn(['terminate called {"content":"secret"}'], true)).toBe('');
  });
});

test('a message shows names of files without their folders, in one short line', () => {
  expect(shown("open '/home/me/models/a.gguf':\n\tno such file\u0007")).toBe("open 'a.gguf': no such file");
  expect(shown('C:\\Users\\me\\a.gguf is missing')).toBe('a.gguf is missing');
  expect(shown('loads 1/2 of n/m layers')).toBe('loads 1/2 of n/m layers');
  expect(shown('x'.repeat(1_000))).toHaveLength(300);
  expect(withoutFolders(['no /my models/a (1).gguf here'], ['/my models/a (1).gguf'])).toEqual([
    'no a (1).gguf here',
  ]);
  expect(withoutFolders(['no /home/x/models/a.gguf'], ['/models/a.gguf'])).toEqual([
    'no /home/x/models/a.gguf',
  ]);
});

test('a signal counts as the exit code that a shell gives it', () => {
  expect(exitCodeOf({ code: null, signal: 'SIGKILL' })).toBe(137);
  expect(exitCodeOf({ code: 3, signal: null })).toBe(3);
  expect(exitCodeOf({ code: null, signal: 'SIGUSR1' })).toBeNull();
});
