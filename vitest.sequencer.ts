import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that drive whole programs take the longest: begun first, none of them is left for the end, where only one worker would have work. */
export class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isOfPrograms), ...sorted.filter((file) => !isOfPrograms(file))];
  }
}

function isOfPrograms({ moduleId }: TestSpecification): boolean {
  return /\/(?:simulation|end-to-end|faults)\/[^/]*(?:\/[^/]*)?$|\/web\/test\//.test(moduleId);
}
