import { Alert, Box, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { meQuery } from '../api/queries';
import { useReachable } from './useReachable';

/** askAgain is how often a server that does not answer is asked whether it is back. */
const askAgain = 3_000;

/** Unreachable says on every page that the server does not answer, and reads the page anew once it does. */
export function Unreachable() {
  const queries = useQueryClient();
  const reachable = useReachable();
  const was = useRef(true);
  useQuery({ ...meQuery, refetchInterval: reachable ? false : askAgain, retry: false });
  useEffect(() => {
    if (reachable && !was.current) void queries.invalidateQueries();
    was.current = reachable;
  }, [queries, reachable]);
  return (
    // It is there before it has anything to say, so that screen readers hear it come.
    <Box role="status" aria-live="polite">
      {!reachable && (
        <Alert
          color="orange"
          mb="md"
          icon={<IconPlugConnectedX aria-hidden />}
          title="The server cannot be reached"
        >
          <Text size="sm">
            What you see is what it told last. It is asked again every few seconds. Runs do not need this page
            to go on.
          </Text>
        </Alert>
      )}
    </Box>
  );
}
