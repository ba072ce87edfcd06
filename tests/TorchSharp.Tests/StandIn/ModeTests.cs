using TorchSharp;

namespace FineWebTorch.TorchSharp.Tests.StandIn;

/// <summary>Mistakes with threads that TorchSharp's package lets pass.</summary>
public sealed class ModeTests
{
    [Fact]
    public void Mode_LeftOnAnotherThread_IsRefused()
    {
        using var mode = torch.inference_mode();
        AssertRefusedElsewhere(mode);
        Assert.True(torch.is_inference_mode_enabled());
        using var grad = torch.no_grad();
        AssertRefusedElsewhere(grad);
        Assert.False(torch.is_grad_enabled());
    }

    [Fact]
    public void Scope_DisposedOnAnotherThread_IsRefused()
    {
        using var scope = torch.NewDisposeScope();
        var inside = torch.zeros(1);
        AssertRefusedElsewhere(scope);
        Assert.False(inside.IsInvalid);
    }

    [Fact]
    public void Scope_DisposedBeforeAnInnerOne_LeavesTheInnerOneWorking()
    {
        var outer = torch.NewDisposeScope();
        var inner = torch.NewDisposeScope();
        outer.Dispose();
        var tensor = torch.zeros(1).MoveToOuterDisposeScope();
        Assert.False(inner.Contains(tensor));
        inner.Dispose();
        Assert.False(tensor.IsInvalid);
        tensor.Dispose();
    }

    private static void AssertRefusedElsewhere(IDisposable disposable)
    {
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(disposable.Dispose));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(error);
    }
}
