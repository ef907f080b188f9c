import { Button, Container, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';

/** NotFound answers an address that is none of this page's. */
export function NotFound() {
  return (
    <Container size="sm" py="xl">
      <Stack align="flex-start">
        <Title order={1}>There is nothing here</Title>
        <Text>The address may be mistyped, or what it named may have been deleted.</Text>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>Go to the overview</Button>
      </Stack>
    </Container>
  );
}
