import { Container } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';

import { ProblemAlert } from './ProblemAlert';

/** Broken stands in for a page that could not be shown. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Container size="sm" py="xl">
      <ProblemAlert error={error} title="This page cannot be shown" retry={reset} />
    </Container>
  );
}
