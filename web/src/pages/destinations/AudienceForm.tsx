import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { AudienceInfo } from '../../api/schema.gen';
import { useUnsaved } from '../../components/useUnsaved';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tell } from '../../components/tell';

/** AudienceForm makes an audience in the account, or renames one. */
export function AudienceForm({
  destination,
  audience,
  close,
  done,
}: {
  destination: string;
  audience: AudienceInfo | undefined;
  close: () => void;
  done: () => Promise<unknown>;
}) {
  const form = useForm({
    initialValues: { name: audience?.name ?? '', description: '' },
    validate: { name: (v) => (v.trim() ? null : 'Give it a name') },
  });
  const save = useMutation({
    mutationFn: ({ name, description }: typeof form.values) =>
      audience
        ? take(
            client.PATCH('/api/v1/destinations/{name}/audiences/{id}', {
              params: { path: { name: destination, id: audience.id } },
              body: { name: name.trim() },
            }),
          )
        : take(
            client.POST('/api/v1/destinations/{name}/audiences', {
              params: { path: { name: destination } },
              body: { name: name.trim(), ...(description.trim() && { description: description.trim() }) },
            }),
          ),
    onSuccess: async (a) => {
      await done();
      tell(audience ? `The audience is now called ${a.name}.` : `The audience ${a.name} is made.`);
      close();
    },
  });
  useUnsaved(form.isDirty() && !save.isPending && !save.isSuccess);
  return (
    <Modal opened onClose={close} title={audience ? `Rename ${audience.name}` : 'Make an audience'}>
      <form onSubmit={form.onSubmit((v) => save.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={save.error} />
          <TextInput
            label="Name"
            description="As it is called at X. X never lets the name of a deleted audience be used again."
            required
            data-autofocus
            autoComplete="off"
            maxLength={255}
            {...form.getInputProps('name')}
          />
          {!audience && (
            <Textarea label="Description" maxLength={1000} autosize {...form.getInputProps('description')} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {audience ? 'Rename' : 'Make the audience'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
