import { Anchor, Code, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { ConnectionSpec } from '../../../api/schema.gen';
import { useHeldAudience } from '../../connect/useHeldAudience';
import { audienceName } from '../spec';

/** AudienceView says which audience people go into. */
export function AudienceView({ name, spec }: { name: string; spec: ConnectionSpec }) {
  const held = useHeldAudience(name);
  return (
    <Text component="div">
      {spec.split_by ? (
        <>
          Each value of <Code>{spec.split_by}</Code> has an audience
        </>
      ) : (
        'People go into the audience'
      )}{' '}
      <strong>{audienceName(spec)}</strong> of the X account{' '}
      <Anchor
        underline="always"
        renderRoot={(props) => (
          <Link to="/destinations/$name" params={{ name: spec.destination }} {...props} />
        )}
      >
        {spec.destination}
      </Anchor>
      {held ? (
        <>
          , known there as <Code>{held}</Code>
        </>
      ) : spec.audience.create ? (
        ', which the first run makes'
      ) : (
        ''
      )}
      .
    </Text>
  );
}
