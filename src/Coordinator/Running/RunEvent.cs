namespace FineWebTorch.Coordinator.Running;

/// <summary>Something worth telling the person who watches the run.</summary>
internal abstract record RunEvent
{
    private RunEvent()
    {
    }

    public sealed record WorkerJoined(string Worker, string Device, bool Returned) : RunEvent;

    public sealed record WorkerLeft(string Worker) : RunEvent;

    public sealed record WorkerLost(string Worker, double SilentSeconds) : RunEvent;

    public sealed record WorkerTurnedAway(string Worker, string Reason) : RunEvent;

    public sealed record PrecisionFixed(string Dtype, int TokenBudget, string Worker) : RunEvent;

    public sealed record FileFailed(string File, string Worker, string Reason) : RunEvent;

    public sealed record FileSetAside(string File, string Reason) : RunEvent;

    public sealed record ShardDone(string File, string Shard, long Rows, long Kept, long Unscorable) : RunEvent;

    public sealed record Warning(string Text) : RunEvent;
}
