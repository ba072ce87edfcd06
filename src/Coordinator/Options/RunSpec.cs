using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Options;

/// <summary>The options that make a run what it is: the same ones mean the same run.</summary>
internal sealed record RunSpec
{
    private const int MaxWindowRows = 1 << 20;

    /// <summary>
    /// The options of <c>coordinator run</c> that a run keeps to its end; their order is part of <see cref="Digest"/>.
    /// A new one stands here and as a property below, nowhere else.
    /// </summary>
    public static IReadOnlyList<Setting<RunSpec>> Settings { get; } =
    [
        new("--input", "PATH",
            "A Parquet file, a folder or a quoted pattern such as 'data/**/*.parquet', here or on the Hub: " +
            "hf://datasets/owner/name[@revision]/path",
            "hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet",
            (spec, text) => spec with { Input = text })
        {
            Group = OptionGroup.Input,
            Paths = PathKind.File,
            Resolve = RunText.Place,
            Write = spec => spec.Input,
        },
        new("--output", "DIR", "Where shards and manifests go; hf://datasets/owner/name publishes them", "./output",
            (spec, text) => spec with { Output = text })
        {
            Group = OptionGroup.Output,
            Paths = PathKind.Folder,
            Resolve = RunText.OutputPlace,
            Write = spec => spec.Output,
        },
        new("--model", "DIR|REPO", "Model folder, or a repository of the Hub, owner/name[@revision]",
            ModelLocator.DefaultModel,
            (spec, text) => spec with { Model = text })
        {
            Group = OptionGroup.Model,
            Paths = PathKind.Folder,
            Resolve = RunText.ModelPlace,
            Write = spec => spec.Model,
        },
        new("--keep", "RULE",
            "Rows that shards keep: intN (int_score >= N, from 0 to 5), rawX (score >= X, such as raw2.5) or all",
            "int3",
            (spec, text) => spec with { Keep = RunText.Keep(text) })
        {
            Group = OptionGroup.Output,
            Write = spec => spec.Keep.ToString(),
            Words = ["int2", "int3", "int4", "raw2.5", "raw3", "all"],
        },
        new("--dtype", "TYPE",
            "fp32, fp16, bf16 or auto: fp32 on a CPU, fp16 on a GPU, as suits the best of the first workers", "auto",
            (spec, text) => spec with { Dtype = RunText.Dtype(text) })
        {
            Group = OptionGroup.Model,
            Write = spec => Dtypes.Name(spec.Dtype),
            Words = Dtypes.Names,
        },
        new("--token-budget", "N",
            "Most tokens in a batch; auto is 4096 where that worker computes on a CPU, 65536 on a GPU", "auto",
            (spec, text) => spec with { TokenBudget = OptionText.Whole(text, 16, 1 << 24, zero: "auto") })
        {
            Group = OptionGroup.Model,
            Write = spec => OptionText.Write(spec.TokenBudget, zero: "auto"),
        },
        new("--window-rows", "N", "Rows that are sorted and batched together", "16384",
            (spec, text) => spec with { WindowRows = OptionText.Whole(text, 1, MaxWindowRows) })
        {
            Group = OptionGroup.Model,
            Write = spec => OptionText.Write(spec.WindowRows),
        },
        new("--text-column", "NAME", "Column to score", "text",
            (spec, text) => spec with { TextColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Input,
            Write = spec => spec.TextColumn,
        },
        new("--score-column", "NAME", "Column to add", "score",
            (spec, text) => spec with { ScoreColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
            Write = spec => spec.ScoreColumn,
        },
        new("--int-score-column", "NAME", "Column to add", "int_score",
            (spec, text) => spec with { IntScoreColumn = OptionText.NotEmpty(text) })
        {
            Group = OptionGroup.Output,
            Write = spec => spec.IntScoreColumn,
        },
        new("--on-existing-score", "error|replace", "What to do with inputs that have such columns", "error",
            (spec, text) => spec with { ReplaceScoreColumns = OptionText.OneOf(text, "error", "replace") == "replace" })
        {
            Group = OptionGroup.Output,
            Write = spec => spec.ReplaceScoreColumns ? "replace" : "error",
            Words = ["error", "replace"],
        },
        new("--layout", "numbered|mirror",
            "Names of shards: data/train-00000-of-00250.parquet, or those of the input files", "numbered",
            (spec, text) => spec with
            {
                Layout = OptionText.OneOf(text, "numbered", "mirror") == "mirror"
                    ? ShardLayout.Mirror
                    : ShardLayout.Numbered,
            })
        {
            Group = OptionGroup.Output,
            Write = spec => spec.Layout == ShardLayout.Mirror ? "mirror" : "numbered",
            Words = ["numbered", "mirror"],
        },
        new("--rows-per-file", "N", "Only the first N rows of each file", "all",
            (spec, text) => spec with { RowsPerFile = OptionText.WholeLong(text, 1, long.MaxValue, zero: "all") })
        {
            Group = OptionGroup.Input,
            Write = spec => OptionText.Write(spec.RowsPerFile, zero: "all"),
        },
        new("--files", "N", "Only the first N files, in the order of their paths", "all",
            (spec, text) => spec with { Files = OptionText.Whole(text, 1, int.MaxValue, zero: "all") })
        {
            Group = OptionGroup.Input,
            Write = spec => OptionText.Write(spec.Files, zero: "all"),
        },
    ];

    /// <summary>File, folder or pattern, absolute; or an hf:// path.</summary>
    public string Input { get; init; } = "";

    /// <summary>Absolute folder, or an hf:// path.</summary>
    public string Output { get; init; } = "";

    /// <summary>Absolute folder, or a repository id.</summary>
    public string Model { get; init; } = "";

    public KeepRule Keep { get; init; }

    /// <summary>Unspecified: the best of the first workers decides.</summary>
    public Dtype Dtype { get; init; }

    /// <summary>Most tokens in a batch; 0: the best of the first workers decides.</summary>
    public int TokenBudget { get; init; }

    /// <summary>Rows in a window.</summary>
    public int WindowRows { get; init; } = 1;

    public string TextColumn { get; init; } = "";

    public string ScoreColumn { get; init; } = "";

    public string IntScoreColumn { get; init; } = "";

    public bool ReplaceScoreColumns { get; init; }

    public ShardLayout Layout { get; init; }

    /// <summary>Only the first so many rows of each file; 0: all.</summary>
    public long RowsPerFile { get; init; }

    /// <summary>Only the first so many files; 0: all.</summary>
    public int Files { get; init; }

    /// <summary>Twelve hexadecimal digits that name the run.</summary>
    public string Digest =>
        Sha256.Of(string.Concat(ToOptions().Select(option => $"{option.Key}={option.Value}\n")))[..12];

    /// <summary>The inverse of <see cref="ToOptions"/>.</summary>
    public static RunSpec FromOptions(IReadOnlyDictionary<string, string> options) =>
        Settings.Aggregate(new RunSpec(), (spec, setting) => setting.Set(spec, options[setting.Name]));

    /// <summary>In the words of the command line, in a fixed order.</summary>
    public IReadOnlyDictionary<string, string> ToOptions()
    {
        var options = new OrderedDictionary<string, string>();
        foreach (var setting in Settings)
            options.Add(setting.Name, setting.Write!(this));
        return options;
    }

    /// <summary>Rows of a file that belong to the run.</summary>
    public long RowsOf(long rowsInFile) => RowsPerFile == 0 ? rowsInFile : Math.Min(rowsInFile, RowsPerFile);

    public int WindowsOf(long rowsInFile) => checked((int)((RowsOf(rowsInFile) + WindowRows - 1) / WindowRows));
}
