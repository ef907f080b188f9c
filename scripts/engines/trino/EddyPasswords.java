import io.trino.spi.Plugin;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.BasicPrincipal;
import io.trino.spi.security.PasswordAuthenticator;
import io.trino.spi.security.PasswordAuthenticatorFactory;
import java.security.Principal;
import java.util.List;
import java.util.Map;

/** Lets in who knows the one password of its configuration, in the place of an LDAP server. */
public final class EddyPasswords implements Plugin {
    @Override
    public Iterable<PasswordAuthenticatorFactory> getPasswordAuthenticatorFactories() {
        return List.of(new Factory());
    }

    private static final class Factory implements PasswordAuthenticatorFactory {
        @Override
        public String getName() {
            return "eddy";
        }

        @Override
        public PasswordAuthenticator create(Map<String, String> config) {
            String wanted = config.get("password");
            return new PasswordAuthenticator() {
                @Override
                public Principal createAuthenticatedPrincipal(String user, String password) {
                    if (!password.equals(wanted)) {
                        throw new AccessDeniedException("Invalid credentials");
                    }
                    return new BasicPrincipal(user);
                }
            };
        }
    }
}
