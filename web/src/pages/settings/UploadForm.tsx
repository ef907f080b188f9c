import { Alert, Button, Checkbox, Group, List, Modal, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import type { Uploaded } from '../../api/schema.gen';
import { uploadTo } from '../../api/suppression';
import { FileDrop } from '../../components/FileDrop';
import { plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';

/** UploadForm takes a file of addresses and numbers, by drop or by choice, and says what became of it. */
export function UploadForm({
  list,
  close,
  done,
}: {
  list: string;
  close: () => void;
  done: () => Promise<unknown>;
}) {
  const [replace, setReplace] = useState(false);
  const upload = useMutation({
    mutationFn: (file: File) => uploadTo(list, file, replace),
    onSuccess: done,
  });
  return (
    <Modal opened onClose={close} title={`Upload to ${list}`}>
      <Stack>
        <Text size="sm">
          One address or number a line, or CSV whose first line names fields, such as email,phone_number. They
          are hashed when they arrive; nothing else is kept.
        </Text>
        <Checkbox
          label="Replace what is on the list"
          description="Whoever is not in the file is no longer on the list, and may be in audiences again from the next run on."
          checked={replace}
          onChange={(e) => setReplace(e.currentTarget.checked)}
        />
        <FileDrop
          accept=".csv,.txt,text/csv,text/plain"
          button={replace ? 'Choose the file that replaces it' : 'Choose a file'}
          busy={upload.isPending}
          take={(file) => upload.mutate(file)}
        />
        <div aria-live="polite">
          <ProblemAlert error={upload.error} />
          {upload.data && <Became of={upload.data} />}
        </div>
        <Group justify="flex-end">
          <Button variant={upload.data ? 'filled' : 'default'} onClick={close}>
            {upload.data ? 'Done' : 'Cancel'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Became says what was taken, and which lines were not. */
function Became({ of }: { of: Uploaded }) {
  const more = of.bad_lines - of.bad.length;
  return (
    <Stack>
      <Alert
        color="green"
        icon={<IconCheck aria-hidden />}
        title={`${plural(of.lines, 'line is', 'lines are')} taken`}
      >
        The list has {plural(of.identities, 'identity', 'identities')} now.
      </Alert>
      {of.bad_lines > 0 && (
        <Alert
          color="orange"
          title={`${plural(of.bad_lines, 'line names', 'lines name')} nobody: whoever is meant is not on the list`}
        >
          <List size="sm">
            {of.bad.map((b) => (
              <List.Item key={b.line}>
                Line {b.line}: {b.reason}
              </List.Item>
            ))}
          </List>
          {more > 0 && <Text size="sm">And {plural(more, 'more')}.</Text>}
        </Alert>
      )}
    </Stack>
  );
}
