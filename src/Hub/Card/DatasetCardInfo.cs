namespace FineWebTorch.Hub;

/// <summary>What a published dataset's card says.</summary>
public sealed record DatasetCardInfo
{
    /// <summary>The configuration that this run fills; others on an existing card are left alone.</summary>
    public string ConfigName { get; init; } = "default";

    /// <summary>The split's files, as globs relative to the repository's root.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    public string Split { get; init; } = "train";

    /// <summary>In the files' order, types exact: a wrong one overrides the file's. Null leaves the list out.</summary>
    public IReadOnlyList<CardFeature>? Features { get; init; }

    /// <summary>Exact, or null: <c>datasets</c> refuses to load where it is wrong.</summary>
    public long? Rows { get; init; }

    /// <summary>Of the Parquet files together.</summary>
    public long? DownloadBytes { get; init; }

    /// <summary>In memory, approximately; <see cref="DownloadBytes"/> where null.</summary>
    public long? DatasetBytes { get; init; }

    public required string PrettyName { get; init; }

    /// <summary><c>owner/name</c> of the input, where it is on the Hub.</summary>
    public string? SourceDataset { get; init; }

    /// <summary>An identifier of the Hub's list, such as <c>odc-by</c>; null leaves it out.</summary>
    public string? License { get; init; }

    public IReadOnlyList<string> Languages { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = ["fineweb-edu", "quality-classifier"];

    /// <summary>Lines of the table in the body: what was scored by what, how it was filtered.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];
}
