/** The standard domain has two spellings in files and one, '', in the records. */
export function standardDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}
