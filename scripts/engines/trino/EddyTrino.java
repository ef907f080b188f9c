import io.trino.server.Server;

/** Starts a Trino of the jars on the class path, as the server's own archive does. */
public final class EddyTrino {
    private EddyTrino() {}

    public static void main(String[] args) {
        new Server().start(args[0]);
    }
}
