import { Alert, Text } from '@mantine/core';
import { IconInfoCircle, IconPlayerSkipForward, IconRefresh } from '@tabler/icons-react';

import type { Run } from '../../api/schema.gen';
import { plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';

/** Facts tells what is unusual about a run: that it was skipped, taken up again, full, or approved. */
export function Facts({ run }: { run: Run }) {
  return (
    <>
      {run.status === 'skipped' && (
        <Alert color="gray" icon={<IconPlayerSkipForward aria-hidden />} title="This run was skipped">
          <Text size="sm">
            {sentence(run.message || 'it was due while another one was under way')}. Two runs of a connection
            never overlap. If it happens often, let the connection run less often.
          </Text>
        </Alert>
      )}
      {run.status !== 'skipped' && run.message && (
        <Alert color="gray" icon={<IconInfoCircle aria-hidden />}>
          {sentence(run.message)}
        </Alert>
      )}
      {run.attempt > 1 && (
        <Alert
          color="yellow"
          icon={<IconRefresh aria-hidden />}
          title={`This run was taken up again: attempt ${run.attempt}`}
        >
          <Text size="sm">
            A worker died or its server was stopped {plural(run.attempt - 1, 'time')}. The next worker
            compared with what the audience may hold by then, so nobody was lost or left over.
          </Text>
        </Alert>
      )}
      {run.status === 'cancelled' && (
        <Alert color="gray" icon={<IconInfoCircle aria-hidden />} title="This run was cancelled">
          <Text size="sm">
            {run.counts.requests === 0
              ? 'Nothing of it was sent. The next run reads the model again.'
              : 'What was sent is on record. The next run takes up what was left.'}
          </Text>
        </Alert>
      )}
    </>
  );
}
