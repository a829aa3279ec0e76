/** Largest file that can be attached, in bytes; as text of the request it takes a third more. */
export const IMAGE_MAX_BYTES = 10 * 1024 * 1024;

/** Kinds of images that vendors accept. */
export const IMAGE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Why a file cannot be attached; null: it can. */
export function imageProblem({ name, type, size }: Pick<File, 'name' | 'type' | 'size'>): string | null {
  if (!IMAGE_TYPES.includes(type)) return `${name} is no PNG, JPEG, GIF or WebP image.`;
  if (size > IMAGE_MAX_BYTES)
    return `${name} has ${(size / 1024 / 1024).toFixed(1)} MiB; the limit is ${IMAGE_MAX_BYTES / 1024 / 1024} MiB.`;
  return null;
}

/** The content of a file as `data:` URL. Rejects when it cannot be read. */
export function dataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.onerror = () => {
      reject(new Error('The file cannot be read.'));
    };
    reader.readAsDataURL(file);
  });
}

/** The bytes of a `data:` URL with base64; null if it is none. */
export function blobOf(url: string): Blob | null {
  const match = /^data:([\w/+.-]+);base64,(.*)$/s.exec(url);
  if (match?.[2] === undefined) return null;
  const bytes = Uint8Array.from(atob(match[2]), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: match[1] ?? '' });
}
