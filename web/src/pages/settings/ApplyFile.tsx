import {
  Alert,
  Button,
  Card,
  Checkbox,
  FileButton,
  Group,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core';
import { IconFileUpload, IconInfoCircle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { client, take } from '../../api/client';
import type { Step } from '../../api/schema.gen';
import { confirmPlainly } from '../../components/ConfirmByName';
import { plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { useUnsaved } from '../../components/useUnsaved';
import { tell, tellTrouble } from '../../components/tell';
import { SectionHead } from './SectionHead';
import { StepList } from './StepList';
import { VariableInputs } from './VariableInputs';
import { variablesOf } from './variables';

/** ApplyFile brings a configuration file into the server: first what it would change, then the change. */
export function ApplyFile() {
  const queries = useQueryClient();
  const [config, setConfig] = useState('');
  const [given, setGiven] = useState<Record<string, string>>({});
  const [prune, setPrune] = useState(false);
  const variables = variablesOf(config);
  // A variable without a value is not sent: its secret stays as it is stored.
  const env = Object.fromEntries(variables.flatMap((v) => (given[v] ? [[v, given[v]]] : [])));
  const body = { config, env, prune };
  const look = useMutation({
    mutationFn: () => take(client.POST('/api/v1/config', { body: { ...body, dry_run: true } })),
  });
  const apply = async () => {
    await take(client.POST('/api/v1/config', { body }));
    look.reset();
    setConfig('');
    setGiven({});
    await queries.invalidateQueries();
    tell('The file is applied.');
  };
  useUnsaved(config.trim() !== '');
  const applying = useMutation({ mutationFn: apply, onError: tellTrouble });
  /** What was looked at is no longer what would be applied. */
  const edit = (change: () => void) => {
    change();
    look.reset();
  };
  const steps = look.data?.steps ?? [];
  const start = () => {
    const gone = steps.filter((s) => s.action === 'delete');
    if (gone.length === 0) return applying.mutate();
    confirmPlainly({
      title: 'Apply the file',
      children: <Gone steps={gone} />,
      action: `Apply and delete ${gone.length}`,
      confirm: apply,
    });
  };
  return (
    <section aria-label="Apply a file">
      <SectionHead
        title="Apply a file"
        text="Bring an eddy.yaml into this server. You see what it changes before anything does; then all of it is made, or nothing."
        action={
          <FileButton
            accept=".yaml,.yml,text/yaml"
            onChange={(f) => void f?.text().then((text) => edit(() => setConfig(text)))}
          >
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFileUpload size={16} aria-hidden />}>
                Choose a file
              </Button>
            )}
          </FileButton>
        }
      />
      <Stack>
        <Textarea
          label="The file"
          placeholder={'sources:\n  shop:\n    type: postgres\n    …'}
          autosize
          minRows={6}
          maxRows={20}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={config}
          onChange={(e) => {
            const text = e.currentTarget.value;
            edit(() => setConfig(text));
          }}
        />
        {variables.length > 0 && (
          <VariableInputs names={variables} values={given} onChange={(v) => edit(() => setGiven(v))} />
        )}
        <Checkbox
          label="Delete what the file lacks"
          description="Sources, X accounts and connections that are not in the file are deleted. Without it they stay. Nobody leaves an audience by it."
          checked={prune}
          onChange={(e) => {
            const on = e.currentTarget.checked;
            edit(() => setPrune(on));
          }}
        />
        <Group>
          <Button
            variant={look.data ? 'default' : 'filled'}
            disabled={!config.trim()}
            loading={look.isPending}
            onClick={() => look.mutate()}
          >
            Show what changes
          </Button>
        </Group>
        <div aria-live="polite">
          <ProblemAlert error={look.error} title="The file cannot be applied" />
          {look.data && <Verdict steps={steps} start={start} busy={applying.isPending} />}
        </div>
      </Stack>
    </section>
  );
}

/** Verdict is what a file would change, and the button that does it. */
function Verdict({ steps, start, busy }: { steps: Step[]; start: () => void; busy: boolean }) {
  const changes = steps.filter((s) => s.action !== 'none');
  const same = steps.length - changes.length;
  if (changes.length === 0)
    return (
      <Alert icon={<IconInfoCircle aria-hidden />} title="The file changes nothing">
        The server already has everything as it is in the file.
      </Alert>
    );
  return (
    <Card>
      <Stack>
        <Title order={3} fz="h5">
          The file makes {plural(changes.length, 'change')}
        </Title>
        <StepList steps={changes} />
        {same > 0 && (
          <Text size="sm" c="dimmed">
            {plural(same, 'other stays', 'others stay')} as they are.
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={start} loading={busy}>
            Apply the file
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function Gone({ steps }: { steps: Step[] }) {
  return (
    <Stack gap="xs">
      <Text size="sm">The file lacks these. They are deleted:</Text>
      <StepList steps={steps} />
      <Text size="sm">Everybody whom a deleted connection added stays in its audience.</Text>
    </Stack>
  );
}
