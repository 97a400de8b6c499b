import { expect } from 'vitest';
import { NibbleError } from '../../src/errors';

/** The `NibbleError` that `action` throws or rejects with; the test fails when there is none. */
export async function caught(action: () => unknown): Promise<NibbleError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(NibbleError);
    return error as NibbleError;
  }
  return expect.unreachable('nothing was thrown');
}
