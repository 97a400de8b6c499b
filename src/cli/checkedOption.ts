import { InvalidArgumentError } from 'commander';
import { UsageError } from './usageError';

/** Lets commander report a value that cannot be understood, as it reports everything else about the command line. */
export function checked<Before, T>(parse: (text: string, before: Before) => T): (text: string, before: Before) => T {
  return (text, before) => {
    try {
      return parse(text, before);
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
