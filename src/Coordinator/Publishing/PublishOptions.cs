using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>How a run's shards are published. None of it makes the run another one.</summary>
/// <param name="Message">The commit's summary; null for one that says how many shards of which model.</param>
/// <param name="Overwrite">Earlier shards under the same names or pattern are deleted in the same commit.</param>
/// <param name="AllowMissing">Publish although files were set aside.</param>
/// <param name="FilesPerCommit">More shards are published by several commits.</param>
internal sealed record PublishOptions(
    bool CreatePullRequest = false,
    bool Private = false,
    string? Message = null,
    bool Overwrite = false,
    bool AllowMissing = false,
    int FilesPerCommit = CommitPlan.DefaultFilesPerCommit);
