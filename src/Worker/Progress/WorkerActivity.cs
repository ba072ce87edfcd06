namespace FineWebTorch.Worker.Progress;

/// <summary>What a worker is at, for who shows it on another thread.</summary>
internal sealed class WorkerActivity
{
    private volatile string _text = "looking for a coordinator";

    /// <summary>A few words.</summary>
    public string Text
    {
        get => _text;
        set => _text = value;
    }
}
