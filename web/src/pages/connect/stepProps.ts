import type { Mistake } from './mistakes';
import type { Spec } from './spec';
import type { StepID } from './steps';

/** StepProps are what every step of the wizard gets. */
export interface StepProps {
  /** name stands for the connection where a call of the API wants a name. */
  name: string;
  spec: Spec;
  change: (spec: Spec) => void;
  mistakes: readonly Mistake[];
  go: (step: StepID) => void;
  /** stored is the spec of a connection that is being changed. */
  stored?: Spec;
}
