/** What was opened, to be closed in the reverse order. */
export interface Undo {
  push(step: () => Promise<void> | void): void;
  /** Closes everything, also what comes after a step that failed; then throws the first failure. Again it does nothing. */
  run(): Promise<void>;
}

export function createUndo(): Undo {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    push: (step) => void steps.push(step),
    run: async () => {
      let failed: { readonly error: unknown } | null = null;
      for (const step of steps.splice(0).reverse()) {
        try {
          await step();
        } catch (error) {
          failed ??= { error };
        }
      }
      if (failed !== null) throw failed.error;
    },
  };
}
