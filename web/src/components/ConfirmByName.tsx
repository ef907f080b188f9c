import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useState, type ReactNode } from 'react';

import { ProblemAlert } from './ProblemAlert';

interface Question {
  title: string;
  /** children say what will happen, above all to people. */
  children: ReactNode;
  action: string;
  /** confirm does it; when it fails, the question stays with the reason. */
  confirm: () => Promise<unknown>;
}

/** confirmByName asks for a name before something that cannot be undone. */
export function confirmByName(q: Question & { name: string }): void {
  open(q);
}

/** confirmPlainly asks before something that can be made good again. */
export function confirmPlainly(q: Question): void {
  open(q);
}

function open(q: Question & { name?: string }): void {
  const id = modals.open({ title: q.title, children: <Ask {...q} close={() => modals.close(id)} /> });
}

function Ask({ children, name, action, confirm, close }: Question & { name?: string; close: () => void }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const sure = name === undefined || typed === name;
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
        if (sure) void submit();
      }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        {name !== undefined && (
          <TextInput
            label={`Type ${name} to confirm`}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus={name === undefined || undefined}>
            Cancel
          </Button>
          <Button color="red" type="submit" disabled={!sure} loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
