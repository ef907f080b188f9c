import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { User } from '../../api/schema.gen';
import { ProblemAlert } from '../../components/ProblemAlert';
import { keep } from '../../components/useUnsaved';
import { tell } from '../../components/tell';
import { EndAccess } from './EndAccess';
import { minPassword, passwordMistake } from './roles';

/** PasswordForm gives somebody a new password. */
export function PasswordForm({
  user,
  close,
  done,
}: {
  user: User;
  close: () => void;
  done: () => Promise<unknown>;
}) {
  const form = useForm({
    initialValues: { password: '', end: true },
    validate: { password: passwordMistake },
  });
  const save = useMutation({
    mutationFn: ({ password, end }: typeof form.values) =>
      take(
        client.PATCH('/api/v1/users/{id}', {
          params: { path: { id: user.id } },
          body: { password, keep_access: !end },
        }),
      ),
    onSuccess: async () => {
      await done();
      tell(`${user.email} has a new password.`);
      close();
    },
  });
  return (
    <Modal opened onClose={close} {...keep(form.isDirty())} title={`A new password for ${user.email}`}>
      <form onSubmit={form.onSubmit((v) => save.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={save.error} />
          <Text size="sm">Tell them the password on a way that you trust.</Text>
          <PasswordInput
            label="New password"
            description={`At least ${minPassword} characters; a few random words are fine`}
            autoComplete="new-password"
            required
            data-autofocus
            {...form.getInputProps('password')}
          />
          <EndAccess {...form.getInputProps('end', { type: 'checkbox' })} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Set the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
