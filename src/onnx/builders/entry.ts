/** One pair of a list of texts: metadata, or what is said about external data. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

export class EntryBuilder {
  key = '';
  value = '';

  finish(): Entry {
    return { key: this.key, value: this.value };
  }
}
