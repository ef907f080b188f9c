import { Divider, Stack } from '@mantine/core';
import type { ReactNode } from 'react';

import { AccountPart } from './AccountPart';
import { AudiencePart } from './AudiencePart';
import { MappingStep } from './MappingStep';
import { ModePart } from './ModePart';
import { PeopleStep } from './PeopleStep';
import { SchedulePart } from './SchedulePart';
import { SettingsPart } from './SettingsPart';
import { SourceStep } from './SourceStep';
import { text } from './spec';
import type { StepProps } from './stepProps';
import type { StepID } from './steps';

/** StepBody is what one step asks, for a new connection and for one that is changed. */
export function StepBody({ step, review, ...props }: StepProps & { step: StepID; review: ReactNode }) {
  const { spec } = props;
  switch (step) {
    case 'source':
      return <SourceStep {...props} />;
    case 'people':
      return <PeopleStep {...props} />;
    case 'mapping':
      return <MappingStep {...props} />;
    case 'audience':
      return (
        <Stack gap="lg">
          <AccountPart {...props} />
          {text(spec, 'destination') && <Divider />}
          {text(spec, 'destination') && <AudiencePart {...props} />}
        </Stack>
      );
    case 'when':
      return (
        <Stack gap="lg">
          <ModePart {...props} />
          <Divider />
          <SchedulePart {...props} />
          <Divider />
          <SettingsPart {...props} />
        </Stack>
      );
    default:
      return review;
  }
}
