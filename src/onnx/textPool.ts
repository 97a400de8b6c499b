/** Slots that are looked at before a text is made without being kept: hashes that collide on purpose must not slow the reading down. */
const MAX_PROBES = 8;
/** Texts that are kept. A model of a million nodes has about two million names. */
const MAX_TEXTS = 2 ** 22;
const FIRST_SLOTS = 2 ** 12;
/** The table grows by this factor: every growth goes through all that is kept. */
const GROWTH = 4;

/**
 * Turns the bytes of names into texts, each only once: the name of a value stands at every mention, and a few dozen
 * operator names stand in all nodes. Equal names that are the same text also make every later look-up cheaper.
 */
export class TextPool {
  #texts: (string | undefined)[] = new Array<string | undefined>(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  #count = 0;

  /** The text of UTF-8 bytes; what is not UTF-8 shows replacement characters. */
  textOf(bytes: Buffer, start: number, end: number): string {
    if (start === end) return '';
    let hash = end - start;
    let high = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      high |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (high >= 0x80) return bytes.toString('utf8', start, end);
    hash ^= hash >>> 15;
    const mask = this.#hashes.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask;
      const known = this.#texts[slot];
      if (known === undefined) return this.#keep(slot, hash, bytes.toString('latin1', start, end));
      if (this.#hashes[slot] === hash && isSame(known, bytes, start, end)) return known;
    }
    return bytes.toString('latin1', start, end);
  }

  #keep(slot: number, hash: number, text: string): string {
    if (this.#count >= MAX_TEXTS) return text;
    this.#texts[slot] = text;
    this.#hashes[slot] = hash;
    this.#count += 1;
    if (this.#count * 2 > this.#hashes.length) this.#grow();
    return text;
  }

  #grow(): void {
    const [texts, hashes] = [this.#texts, this.#hashes];
    const mask = hashes.length * GROWTH - 1;
    this.#texts = new Array<string | undefined>(mask + 1);
    this.#hashes = new Int32Array(mask + 1);
    for (let old = 0; old < texts.length; old++) {
      const text = texts[old];
      if (text === undefined) continue;
      const hash = hashes[old]!;
      for (let probe = 0; probe < MAX_PROBES; probe++) {
        const slot = (hash + probe) & mask;
        if (this.#texts[slot] !== undefined) continue;
        this.#texts[slot] = text;
        this.#hashes[slot] = hash;
        break;
      }
    }
  }
}

function isSame(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
