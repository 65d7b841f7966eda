import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/**
 * Usage: OpenSearchNode CONFIG_FOLDER KEY=VALUE ... : one real node of 2 or 3, until standard input ends. The property
 * tests.more names the class of a plugin that it loads as well.
 */
public class OpenSearchNode extends Node {
    static final List<String> MODULES = List.of(
        "org.opensearch.transport.Netty4", "org.opensearch.index.reindex.Reindex", "org.opensearch.painless.Painless",
        "org.opensearch.join.ParentJoin", "org.opensearch.index.mapper.MapperExtras");

    @SuppressWarnings({"unchecked", "rawtypes"})
    OpenSearchNode(Environment environment) throws Exception {
        super(environment, (Collection) modules(), true);
    }

    /** Version 2 takes classes named ...Plugin, version 3 descriptions of classes named ...ModulePlugin. */
    static List<Object> modules() throws Exception {
        List<Object> found = new ArrayList<>();
        for (String module : MODULES) {
            found.add(Version.CURRENT.major < 3 ? Class.forName(module + "Plugin") : described(module + "ModulePlugin"));
        }
        String more = System.getProperty("tests.more", "");
        if (!more.isEmpty()) {
            found.add(Version.CURRENT.major < 3 ? Class.forName(more) : described(more));
        }
        return found;
    }

    static Object described(String name) throws Exception {
        String java = Integer.toString(Runtime.version().feature());
        return PluginInfo.class
            .getConstructor(String.class, String.class, String.class, Version.class, String.class, String.class,
                String.class, List.class, boolean.class)
            .newInstance(name, "classpath", "NA", Version.CURRENT, java, name, null, List.of(), false);
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> settings = new HashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            Settings.EMPTY, settings, Path.of(arguments[0]), () -> "node");
        LogConfigurator.setNodeName("node");
        LogConfigurator.configure(environment);
        Node node = new OpenSearchNode(environment);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        while (System.in.read() >= 0) { }
        System.exit(0);
    }

    static void close(Node node) {
        try {
            node.close();
        } catch (Exception trouble) {
            trouble.printStackTrace();
        }
    }
}
