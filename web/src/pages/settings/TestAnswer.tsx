import { Alert as Notice, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';

import type { Alert, Tested } from '../../api/schema.gen';
import { sentence } from '../../components/ProblemAlert';

/** TestAnswer says what became of a rule's test message. */
export function TestAnswer({
  rule,
  answer,
  close,
}: {
  rule: Alert | undefined;
  answer: Tested | undefined;
  close: () => void;
}) {
  return (
    <div aria-live="polite">
      {rule && answer && (
        <Notice
          mb="md"
          color={answer.ok ? 'green' : 'red'}
          icon={answer.ok ? <IconCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
          title={
            answer.ok ? `${rule.name}: the message was taken` : `${rule.name}: the message did not arrive`
          }
          withCloseButton
          closeButtonLabel="Close"
          onClose={close}
        >
          <Stack gap="fine">
            <Text size="sm">
              {answer.ok ? 'Look whether it is where it should be.' : sentence(answer.detail)}
            </Text>
            {answer.mend && <Text size="sm">{answer.mend}</Text>}
          </Stack>
        </Notice>
      )}
    </div>
  );
}
