import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;

/** Usage: ElasticsearchNode CONFIG_FOLDER KEY=VALUE ... : one real node of 8 or 9, until standard input ends. */
public class ElasticsearchNode {
    public static void main(String[] arguments) throws Exception {
        Settings.Builder settings = Settings.builder();
        for (int i = 1; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Environment environment = new Environment(settings.build(), Path.of(arguments[0]));
        LogConfigurator.configure(environment, true);
        Node node = node(environment);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        while (System.in.read() >= 0) { }
        System.exit(0);
    }

    /** Since 8.18 a node takes its modules from a loader; before, it loads them itself. */
    static Node node(Environment environment) throws Exception {
        Class<?> loader;
        try {
            loader = Class.forName("org.elasticsearch.plugins.PluginsLoader");
        } catch (ClassNotFoundException older) {
            return Node.class.getConstructor(Environment.class).newInstance(environment);
        }
        Path home = Path.of(environment.settings().get("path.home"));
        Object modules = bundles(loader, "loadModulesBundles", home.resolve("modules"));
        Object plugins = bundles(loader, "loadPluginsBundles", home.resolve("plugins"));
        Object loaded = loader.getMethod("createPluginsLoader", Set.class, Set.class, Map.class)
            .invoke(null, modules, plugins, Map.of());
        return Node.class.getConstructor(Environment.class, loader).newInstance(environment, loaded);
    }

    /** Since 9.4 a second argument says "stateless". */
    static Object bundles(Class<?> loader, String name, Path folder) throws Exception {
        try {
            return loader.getMethod(name, Path.class, boolean.class).invoke(null, folder, false);
        } catch (NoSuchMethodException older) {
            Method method = loader.getMethod(name, Path.class);
            return method.invoke(null, folder);
        }
    }

    static void close(Node node) {
        try {
            node.close();
        } catch (Exception trouble) {
            trouble.printStackTrace();
        }
    }
}
