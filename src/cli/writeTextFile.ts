import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeError } from '../jobs/files/fsErrors';
import { nodeOutputFs } from '../jobs/files/outputFs';
import { createOutputs } from '../jobs/files/outputSet';
import { modelFiles } from '../jobs/modelFile';
import { withoutRemains } from './withoutRemains';

/** What the text was made from, which it must not replace. */
export interface TextSources {
  readonly model: string;
  /** Files beside the model and what it names. */
  readonly others?: readonly (string | undefined)[];
}

/**
 * Writes a text that was asked for by name, replacing an older file in one step, so that a full disk leaves that as it was.
 * Throws `invalid-argument` when it would replace what it was made from, `not-writable` or `disk-full`.
 */
export async function writeTextFile(path: string, text: string, { model, others = [] }: TextSources): Promise<void> {
  if ((await nodeOutputFs.kindOf(path)) === 'other') {
    writeDevice(path, text);
    return;
  }
  const bytes = new TextEncoder().encode(text);
  // What a link leads to is replaced, not the link.
  const target = (await nodeOutputFs.truePath(path)) ?? resolve(path);
  const sources = [...modelFiles(resolve(model)), ...others.flatMap((other) => (other === undefined ? [] : [resolve(other)]))];
  const outputs = await createOutputs(withoutRemains(nodeOutputFs), [{ path: target, size: bytes.length, temporaryName: 'text', mustBeNew: false }], sources);
  try {
    await outputs.files[0]!.write(bytes, 0);
    await outputs.commit();
  } catch (error) {
    await outputs.discard();
    throw error;
  }
}

/** /dev/stdout and the pipes of a shell take a text as it comes. */
function writeDevice(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw writeError(error, path);
  }
}
