import type { ReactNode } from 'react';

import { AudienceStep } from './AudienceStep';
import { DestinationStep } from './DestinationStep';
import { IdentifierStep } from './IdentifierStep';
import { MappingStep } from './MappingStep';
import { ModelStep } from './ModelStep';
import { ModeStep } from './ModeStep';
import { ScheduleStep } from './ScheduleStep';
import { SettingsStep } from './SettingsStep';
import { SourceStep } from './SourceStep';
import type { StepProps } from './stepProps';
import type { StepID } from './steps';

/** StepBody is what one step asks, for a new connection and for one that is changed. */
export function StepBody({ step, review, ...props }: StepProps & { step: StepID; review: ReactNode }) {
  switch (step) {
    case 'source':
      return <SourceStep {...props} />;
    case 'model':
      return <ModelStep {...props} />;
    case 'destination':
      return <DestinationStep {...props} />;
    case 'audience':
      return <AudienceStep {...props} />;
    case 'mode':
      return <ModeStep {...props} />;
    case 'identifier':
      return <IdentifierStep {...props} />;
    case 'mapping':
      return <MappingStep {...props} />;
    case 'schedule':
      return <ScheduleStep {...props} />;
    case 'settings':
      return <SettingsStep {...props} />;
    default:
      return review;
  }
}
