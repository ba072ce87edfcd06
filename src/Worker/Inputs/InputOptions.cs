using FineWebTorch.Common;
using FineWebTorch.Hub;

namespace FineWebTorch.Worker.Inputs;

/// <summary>What is to be read, and what of it.</summary>
internal sealed record InputOptions
{
    private const string DefaultIdColumn = "id";

    /// <summary>The options of all commands that read documents.</summary>
    public static IReadOnlyList<Setting<InputOptions>> Settings { get; } =
    [
        new("INPUT", "INPUT",
            $"Files, folders and quoted patterns such as 'data/**/*.jsonl': {InputKinds.Supported}. Also on the Hub " +
            "(hf://datasets/owner/name/file.parquet: with --rows only what these need is fetched), " +
            "or - for standard input",
            Default: null,
            (options, text) => options with { Names = [.. options.Names, OptionText.NotEmpty(text)] })
        {
            Paths = PathKind.File,
            IsRepeatable = true,
        },
        new("--text", "TEXT", "Take this text as the one document", Default: null,
            (options, text) => options with { Text = text })
        {
            Group = OptionGroup.Input,
        },
        new("--input-format", "NAME",
            "parquet, jsonl, csv or txt [default: what the name ends in, jsonl for standard input]", Default: null,
            (options, text) => options with
            {
                Kind = InputKinds.Names[OptionText.OneOf(text, [.. InputKinds.Names.Keys])],
            })
        {
            Group = OptionGroup.Input,
            Words = [.. InputKinds.Names.Keys],
        },
        new("--text-column", "NAME", "Column or JSON key that holds the text", "text",
            (options, text) => options with { TextColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Input,
        },
        new("--rows", "N", "Take only the first N rows of each input", Default: null,
            (options, text) => options with { Rows = OptionText.WholeLong(text, 1, long.MaxValue) })
        {
            Group = OptionGroup.Input,
        },
        Setting.Flag<InputOptions>(
            "--skip-bad-lines", "Leave out lines that cannot be read, and warn of them, instead of ending there",
            options => options with { SkipBadLines = true }) with
        {
            Group = OptionGroup.Input,
        },
    ];

    /// <summary>As they were typed.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Of all inputs; null where their names tell.</summary>
    public InputKind? Kind { get; init; }

    /// <summary>The document itself, instead of files.</summary>
    public string? Text { get; init; }

    public string TextColumn { get; init; } = "text";

    /// <summary>Null where the user named none: then "id" is shown where there is one.</summary>
    public string? IdColumn { get; init; }

    /// <summary>Of each input; null for all.</summary>
    public long? Rows { get; init; }

    public bool SkipBadLines { get; init; }

    /// <summary>Names of columns to be added to the records as they were; null where these are not kept.</summary>
    public (string Score, string IntScore)? Added { get; init; }

    /// <summary>Hears warnings, and how much of a file on the Hub was fetched.</summary>
    public TextWriter Notices { get; init; } = Console.Error;

    /// <summary>The id column to look for.</summary>
    public string IdOrDefault => IdColumn ?? DefaultIdColumn;

    public void Warn(string text) => Notices.WriteLine($"worker: warning: {text}");

    /// <summary>What no option says alone.</summary>
    public void Check(ICollection<string> violations)
    {
        if (Names.Count == 0 && Text is null)
            violations.Add("INPUT is missing: give files, folders or patterns, - for standard input, or --text");
        if (Names.Count > 0 && Text is not null)
            violations.Add("--text is the document itself; leave the inputs out");
        foreach (var name in Names)
        {
            try
            {
                ForeignPlace.Refuse(name, endpoint: () => HubEnvironment.Process.Endpoint);
            }
            catch (FormatException foreign)
            {
                violations.Add($"{name}: {foreign.Message}");
            }
        }
    }
}
