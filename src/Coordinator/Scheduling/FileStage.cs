namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>How far a file has come.</summary>
internal enum FileStage
{
    /// <summary>Windows without all their scores are left.</summary>
    Scoring,

    /// <summary>Every score is stored; the shard is to be built.</summary>
    Scored,

    /// <summary>The shard has arrived and is being moved into place.</summary>
    Committing,

    Done,

    SetAside,
}
