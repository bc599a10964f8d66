import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.QueryContext;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.*;

/** Answers statements, one JSON object a line: schema and rows in Spark's own storage form, or the error. */
public final class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_ROWS = 300;

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    Configurator.setRootLevel(Level.OFF);
    SparkSession root = start();
    Configurator.setRootLevel(Level.OFF);
    Map<String, SparkSession> sessions = new HashMap<>();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode asked = JSON.readTree(line);
      JsonNode settings = asked.get("settings");
      SparkSession session = sessions.computeIfAbsent(settings.toString(), key -> session(root, settings));
      out.println(JSON.writeValueAsString(answer(session, asked.get("sql").asText())));
    }
    root.stop();
  }

  private static SparkSession start() {
    return (SparkSession) SparkSession.builder()
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.catalogImplementation", "in-memory")
        // Each expression is seen once: compiling it would take longer than interpreting it.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir"))
        .getOrCreate();
  }

  private static SparkSession session(SparkSession root, JsonNode settings) {
    SparkSession session = root.newSession();
    SparkSession.setActiveSession(session);
    settings.properties().forEach(one -> session.conf().set(one.getKey(), one.getValue().asText()));
    return session;
  }

  private static ObjectNode answer(SparkSession session, String sql) throws Exception {
    ObjectNode answer = JSON.createObjectNode();
    try {
      SparkSession.setActiveSession(session);
      Dataset<?> frame = (Dataset<?>) session.sql(sql);
      StructType schema = frame.schema();
      ArrayNode rows = JSON.createArrayNode();
      for (InternalRow row : storable(frame, schema).queryExecution().executedPlan().executeTake(MOST_ROWS)) {
        rows.add(fields(row, storedAs(schema)));
      }
      answer.set("schema", JSON.readTree(schema.json()));
      answer.set("rows", rows);
    } catch (Throwable failure) {
      answer.removeAll();
      describe(failure, answer);
    }
    return answer;
  }

  // Intervals travel as text: not every client can hold them.
  private static Dataset<?> storable(Dataset<?> frame, StructType schema) {
    StructType stored = storedAs(schema);
    if (stored.equals(schema)) {
      return frame;
    }
    String[] names = new String[schema.length()];
    Column[] columns = new Column[schema.length()];
    for (int i = 0; i < schema.length(); i++) {
      names[i] = "c" + i;
    }
    Dataset<?> named = frame.toDF(names);
    for (int i = 0; i < schema.length(); i++) {
      columns[i] = named.col(names[i]).cast(stored.apply(i).dataType());
    }
    return named.select(columns);
  }

  private static StructType storedAs(StructType schema) {
    StructField[] fields = new StructField[schema.length()];
    for (int i = 0; i < schema.length(); i++) {
      StructField field = schema.apply(i);
      boolean text = field.dataType().sql().contains("INTERVAL");
      fields[i] = text ? new StructField(field.name(), DataTypes.StringType, true, field.metadata()) : field;
    }
    return new StructType(fields);
  }

  private static void describe(Throwable failure, ObjectNode answer) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SparkThrowable known && known.getCondition() != null) {
        answer.put("condition", known.getCondition());
        answer.put("state", known.getSqlState());
        ObjectNode parameters = answer.putObject("parameters");
        known.getMessageParameters().forEach(parameters::put);
        QueryContext[] contexts = known.getQueryContext();
        answer.put("fragment", contexts.length == 0 ? "" : fragment(contexts[0]));
        return;
      }
    }
    answer.put("condition", "NO_CONDITION " + failure.getClass().getSimpleName());
    answer.put("message", String.valueOf(failure.getMessage()));
  }

  private static String fragment(QueryContext context) {
    try {
      return context.fragment();
    } catch (RuntimeException unknown) {
      return "";
    }
  }

  private static ArrayNode fields(SpecializedGetters row, StructType type) {
    ArrayNode texts = JSON.createArrayNode();
    for (int i = 0; i < type.length(); i++) {
      texts.add(text(row, i, type.apply(i).dataType()));
    }
    return texts;
  }

  private static String text(SpecializedGetters from, int at, DataType type) {
    if (type instanceof NullType || from.isNullAt(at)) {
      return "NULL";
    }
    if (type instanceof StringType) {
      return "'" + from.getUTF8String(at) + "'";
    }
    if (type instanceof BinaryType) {
      return "X'" + HexFormat.of().formatHex(from.getBinary(at)) + "'";
    }
    if (type instanceof DecimalType decimal) {
      return from.getDecimal(at, decimal.precision(), decimal.scale()).toJavaBigDecimal().toPlainString();
    }
    if (type instanceof ArrayType array) {
      return "[" + items(from.getArray(at), array.elementType()) + "]";
    }
    if (type instanceof MapType map) {
      MapData data = from.getMap(at);
      return "{" + items(data.keyArray(), map.keyType()) + " -> " + items(data.valueArray(), map.valueType()) + "}";
    }
    if (type instanceof StructType struct) {
      ArrayNode inner = fields(from.getStruct(at, struct.length()), struct);
      StringBuilder text = new StringBuilder("(");
      inner.forEach(one -> text.append(text.length() > 1 ? ", " : "").append(one.asText()));
      return text.append(")").toString();
    }
    if (type instanceof VariantType) {
      return from.getVariant(at).toString();
    }
    return String.valueOf(from.get(at, type));
  }

  private static String items(ArrayData array, DataType type) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < array.numElements(); i++) {
      text.append(i > 0 ? ", " : "").append(text(array, i, type));
    }
    return text.toString();
  }
}
