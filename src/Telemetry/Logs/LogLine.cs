using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FineWebTorch.Common;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>
/// An event as a line of JSON. Whatever text is in it has been through <see cref="Redaction"/> and is cut where it is too
/// long; characters that move a cursor are escapes.
/// </summary>
public static class LogLine
{
    private const int MostOfMessage = 8_000, MostOfError = 16_000, MostOfValue = 2_000;

    /// <summary>Strings as they are, without quotes.</summary>
    private static readonly MessageTemplateTextFormatter Message = new("{Message:l}", CultureInfo.InvariantCulture);

    private static readonly JsonWriterOptions Style = new() { Encoder = PlainJsonEncoder.Instance };

    /// <summary>What the line names first, where an event has it.</summary>
    private static readonly string[] First = ["program", "run", "worker", "lease", "file"];

    private static readonly string[] LevelNames = ["debug", "debug", "information", "warning", "error", "error"];

    /// <summary>One of <c>debug</c>, <c>information</c>, <c>warning</c> and <c>error</c>.</summary>
    public static string NameOf(LogEventLevel level) => LevelNames[(int)level];

    /// <summary>The message alone: one line, without secrets and plain.</summary>
    public static string TextOf(LogEvent happened)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(happened, text);
        return Clean(text.ToString(), MostOfMessage);
    }

    /// <summary>The exception as it may be shown, a line each; none where there is none.</summary>
    public static IEnumerable<string> ErrorOf(LogEvent happened) =>
        happened is not { Exception: { } exception } ? []
            : Redaction.Clean(exception.ToString()).Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
                .Select(line => PlainText.Clean(line, MostOfMessage));

    /// <summary>The whole event.</summary>
    public static string Of(LogEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Style))
        {
            json.WriteStartObject();
            json.WriteString("time", TimeText(happened.Timestamp));
            json.WriteString("level", NameOf(happened.Level));
            json.WriteString("message", TextOf(happened));
            foreach (var (name, value) in Values(happened))
                Write(json, name, value);
            var error = string.Join('\n', ErrorOf(happened));
            if (error.Length > 0)
                json.WriteString("error", error[..Math.Min(error.Length, MostOfError)]);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>In UTC, so that lines of several files sort by it.</summary>
    public static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, LogEventPropertyValue Value)> Values(LogEvent happened)
    {
        var named = happened.Properties.Select(pair => (Name: NameOf(pair.Key), pair.Value))
            .DistinctBy(pair => pair.Name).ToDictionary(pair => pair.Name, pair => pair.Value);
        foreach (var name in First)
        {
            if (named.Remove(name, out var value))
                yield return (name, value);
        }

        foreach (var (name, value) in named)
            yield return (name, value);
    }

    private static string NameOf(string property) => property switch
    {
        "SourceContext" => "source",
        "EventId" => "event",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(property),
    };

    private static void Write(Utf8JsonWriter json, string name, LogEventPropertyValue value)
    {
        switch (value)
        {
            // What libraries name their events by.
            case StructureValue structure when name == "event":
                if (structure.Properties.FirstOrDefault(part => part.Name == "Name")?.Value is ScalarValue { Value: string id })
                    json.WriteString(name, Clean(JsonNamingPolicy.SnakeCaseLower.ConvertName(id), MostOfValue));
                break;
            case ScalarValue { Value: int or long or uint } whole:
                json.WriteNumber(name, Convert.ToInt64(whole.Value, CultureInfo.InvariantCulture));
                break;
            case ScalarValue { Value: double number } when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case ScalarValue { Value: bool truth }:
                json.WriteBoolean(name, truth);
                break;
            case ScalarValue { Value: string text }:
                json.WriteString(name, Clean(text, MostOfValue));
                break;
            // Numbers of leases have more digits than some who read JSON keep.
            default:
                json.WriteString(name, Clean(value.ToString(format: null, CultureInfo.InvariantCulture), MostOfValue));
                break;
        }
    }

    private static string Clean(string text, int most) => PlainText.Clean(Redaction.Clean(text), most);
}
