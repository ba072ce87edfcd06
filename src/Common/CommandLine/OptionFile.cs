using System.Globalization;
using System.Text.Json;
using Tomlyn;
using Tomlyn.Model;

namespace FineWebTorch.Common;

/// <summary>
/// A file of options, TOML or JSON: <c>token-budget = 512</c> at the top is for every command that has the option,
/// below <c>[run]</c> for that command alone, and then it counts before one at the top.
/// </summary>
public sealed class OptionFile
{
    private static readonly JsonDocumentOptions JsonStyle = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Commands of both programs: one file may serve both, and neither knows the other's.</summary>
    private static readonly string[] AllCommands =
    [
        "coordinator", "run", "standby", "runs", "status", "logs", "pause", "resume", "workers", "slurm", "kubernetes",
        "ssh", "token", "files", "verify", "clean", "worker", "forget", "score", "tokenize", "info", "check",
        "completion",
    ];

    private readonly string _path;
    private readonly IReadOnlyDictionary<string, object> _content;

    private OptionFile(string path, IReadOnlyDictionary<string, object> content) =>
        (_path, _content) = (path, content);

    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static OptionFile Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"--config {path}: no such file", ExitCode.Usage, failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--config {path}: {failure.Message}", ExitCode.Usage, failure);
        }
    }

    /// <param name="path">For messages; its ending says which of the two it is.</param>
    /// <param name="text">What it holds.</param>
    /// <exception cref="UserErrorException">It is neither TOML nor JSON.</exception>
    public static OptionFile Parse(string path, string text)
    {
        try
        {
            return new OptionFile(path, Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".TOML" => Content(TomlSerializer.Deserialize<TomlTable>(text) ?? []),
                ".JSON" => Content(JsonDocument.Parse(text, JsonStyle).RootElement),
                _ => throw new UserErrorException(
                    $"--config {path}: give a file that ends in .toml or .json", ExitCode.Usage),
            });
        }
        catch (Exception failure) when (failure is TomlException or JsonException or FormatException)
        {
            throw new UserErrorException($"--config {path}: {failure.Message}", ExitCode.Usage, failure);
        }
    }

    /// <returns>Null where it is not in the file.</returns>
    public GivenOption? Find(string command, Setting setting) =>
        FindIn(Section(command), setting) ?? FindIn(_content, setting);

    /// <summary>Names what the file should not have.</summary>
    /// <param name="command">What is to be run.</param>
    /// <param name="own">Its options.</param>
    /// <param name="others">Options of the program's other commands: they may stand at the top.</param>
    /// <param name="commands">The program's commands.</param>
    public IEnumerable<string> Unknown(
        string command, IReadOnlyList<Setting> own, IReadOnlyList<Setting> others, IReadOnlyList<string> commands)
    {
        string[] ownKeys = [.. own.Where(setting => !setting.IsArgument).Select(setting => setting.Key)];
        string[] allKeys = [.. ownKeys, .. others.Where(setting => !setting.IsArgument).Select(setting => setting.Key)];
        commands = [.. commands.Union(AllCommands)];
        foreach (var (key, value) in _content)
        {
            if (value is IReadOnlyDictionary<string, object>)
            {
                if (!commands.Contains(key))
                    yield return $"{_path}: [{key}]: no such command{Typos.Hint(key, commands)}";
            }
            else if (!allKeys.Contains(Normal(key)))
                yield return $"{_path}: {key}: no such option{Typos.Hint(Normal(key), ownKeys)}";
        }

        foreach (var key in Section(command).Keys.Where(key => !ownKeys.Contains(Normal(key))))
            yield return $"{_path}: [{command}] {key}: no such option{Typos.Hint(Normal(key), ownKeys)}";
    }

    private static string Normal(string key) => key.Replace('_', '-');

    private static Dictionary<string, object> Content(TomlTable table) =>
        table.ToDictionary(entry => entry.Key, entry => entry.Value switch
        {
            TomlTable inner => Content(inner),
            TomlArray items => items.Select(item => Text(entry.Key, item)).ToArray(),
            var value => (object)new[] { Text(entry.Key, value) },
        });

    private static Dictionary<string, object> Content(JsonElement element) =>
        element.ValueKind != JsonValueKind.Object
            ? throw new FormatException("give an object, { \"option\": value }")
            : element.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.ValueKind switch
            {
                JsonValueKind.Object => Content(entry.Value),
                JsonValueKind.Array =>
                    entry.Value.EnumerateArray().Select(item => Text(entry.Name, item)).ToArray(),
                _ => (object)new[] { Text(entry.Name, entry.Value) },
            });

    private static string Text(string key, object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number } plain =>
            plain.ValueKind == JsonValueKind.Number ? plain.GetRawText() : plain.GetBoolean() ? "true" : "false",
        _ => throw new FormatException($"{key}: give a text, a number, true, false or a list of these"),
    };

    private IReadOnlyDictionary<string, object> Section(string command) =>
        _content.GetValueOrDefault(command) as IReadOnlyDictionary<string, object> ?? new Dictionary<string, object>();

    private GivenOption? FindIn(IReadOnlyDictionary<string, object> content, Setting setting)
    {
        var (key, value) = content.FirstOrDefault(entry => Normal(entry.Key) == setting.Key);
        return value is string[] { Length: > 0 } texts && !setting.IsArgument
            ? new GivenOption(texts, text => $"{_path}: {key} = {text}")
            : null;
    }
}
