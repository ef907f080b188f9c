import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useState, type ReactNode } from 'react';

import { ProblemAlert } from './ProblemAlert';

interface Question {
  title: string;
  /** children say what will happen, above all to people. */
  children: ReactNode;
  /** name is what must be typed. */
  name: string;
  action: string;
  /** confirm does it; when it fails, the question stays with the reason. */
  confirm: () => Promise<unknown>;
}

/** confirmByName asks for a name before something that cannot be undone. */
export function confirmByName(q: Question): void {
  const id = modals.open({ title: q.title, children: <Ask {...q} close={() => modals.close(id)} /> });
}

function Ask({ children, name, action, confirm, close }: Question & { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    setBusy(true);
    try {
      await confirm();
      close();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (typed === name) void submit();
      }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        <TextInput
          label={`Type ${name} to confirm`}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button color="red" type="submit" disabled={typed !== name} loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
