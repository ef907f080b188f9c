import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { ConnectionSpec } from '../../../api/schema.gen';
import { audienceName } from '../spec';

/** AudienceView says which audience people go into. */
export function AudienceView({ spec }: { spec: ConnectionSpec }) {
  return (
    <Text component="div">
      People go into the audience <strong>{audienceName(spec)}</strong> of the X account{' '}
      <Anchor
        underline="always"
        renderRoot={(props) => (
          <Link to="/destinations/$name" params={{ name: spec.destination }} {...props} />
        )}
      >
        {spec.destination}
      </Anchor>
      {spec.audience.create ? ', which the first run makes' : ''}.
    </Text>
  );
}
