namespace FineWebTorch.Coordinator.Commands;

/// <summary>The options of <c>coordinator run</c> as they were typed; null where they were not.</summary>
internal sealed record RunArguments
{
    public string? Files { get; init; }
    public string? Input { get; init; }
    public string? Output { get; init; }
    public string? Model { get; init; }
    public string? Keep { get; init; }
    public string? Dtype { get; init; }
    public string? TokenBudget { get; init; }
    public string? WindowRows { get; init; }
    public string? TextColumn { get; init; }
    public string? ScoreColumn { get; init; }
    public string? IntScoreColumn { get; init; }
    public string? OnExistingScore { get; init; }
    public string? RowsPerFile { get; init; }
    public string? Layout { get; init; }
    public string? Run { get; init; }
    public string? Listen { get; init; }
    public string? LocalWorkers { get; init; }
    public string? HeartbeatTimeout { get; init; }
    public string? Revision { get; init; }
    public string? CommitMessage { get; init; }
    public bool Private { get; init; }
    public bool CreatePr { get; init; }
    public bool Overwrite { get; init; }
    public bool AllowMissing { get; init; }
    public bool Insecure { get; init; }
    public bool DryRun { get; init; }
    public bool Json { get; init; }
}
