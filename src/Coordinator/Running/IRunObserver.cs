namespace FineWebTorch.Coordinator.Running;

/// <summary>Hears of what happens in a run, on the loop's thread or while it is published: it must not wait.</summary>
internal interface IRunObserver
{
    void Observe(RunEvent happened);
}
