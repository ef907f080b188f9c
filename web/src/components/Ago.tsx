import { Text, Tooltip } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

import { exact, relative } from './times';

/** Ago says how long ago, or in how long; the exact time, in the zone of the page, is in its tooltip. */
export function Ago({ at, never = 'never' }: { at: string | null | undefined; never?: string }) {
  if (!at)
    return (
      <Text span inherit c="dimmed">
        {never}
      </Text>
    );
  // What is new is told by the clock as it is then, not as it was when the page came.
  return <Since key={at} at={at} />;
}

function Since({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 20_000, { autoInvoke: true });
  return (
    <Tooltip label={exact(at)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{relative(new Date(at).getTime() - now)}</time>
    </Tooltip>
  );
}
