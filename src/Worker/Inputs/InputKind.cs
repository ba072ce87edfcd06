using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Inputs;

/// <summary>What a file holds, by its name.</summary>
internal enum InputKind
{
    Parquet,
    JsonLines,
    Csv,
    Text,
}

/// <summary>Which names are of which kind.</summary>
internal static class InputKinds
{
    /// <summary>For messages.</summary>
    public const string Supported = ".parquet, .jsonl, .csv or .txt, the last three also with .gz or .zst behind it";

    private static readonly (string Ending, InputKind Kind)[] Endings =
    [
        (".parquet", InputKind.Parquet), (".jsonl", InputKind.JsonLines), (".ndjson", InputKind.JsonLines),
        (".csv", InputKind.Csv), (".txt", InputKind.Text),
    ];

    /// <summary>What a kind is called on the command line.</summary>
    public static IReadOnlyDictionary<string, InputKind> Names { get; } = new Dictionary<string, InputKind>
    {
        ["parquet"] = InputKind.Parquet,
        ["jsonl"] = InputKind.JsonLines,
        ["csv"] = InputKind.Csv,
        ["txt"] = InputKind.Text,
    };

    private static readonly string[] Packings = [".gz", ".zst"];

    /// <returns>Null where the name says nothing that is known.</returns>
    public static InputKind? Of(string name)
    {
        if (name == InputStreams.StandardInput)
            return InputKind.JsonLines;
        var packing = Packings.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        var plain = packing is null ? name : name[..^packing.Length];
        foreach (var (ending, kind) in Endings)
        {
            if (plain.EndsWith(ending, StringComparison.OrdinalIgnoreCase) &&
                (packing is null || kind != InputKind.Parquet))
                return kind;
        }

        return null;
    }
}
