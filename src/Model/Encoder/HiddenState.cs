using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>The rows between two layers.</summary>
/// <param name="Residual">[rows, hidden] in fp32</param>
/// <param name="Rounded">The same in the type of the linear layers; the same tensor where that is fp32.</param>
internal sealed record HiddenState(Tensor Residual, Tensor Rounded) : IDisposable
{
    private bool IsOne => ReferenceEquals(Residual, Rounded);

    public static HiddenState Of(Tensor residual, ScalarType linearType) => new(
        residual, residual.dtype == linearType ? residual : residual.to_type(linearType));

    /// <summary>Some of the rows.</summary>
    public HiddenState Rows(Tensor indices)
    {
        var residual = Residual.index_select(0, indices);
        return new HiddenState(
            residual, IsOne ? residual : Rounded.index_select(0, indices));
    }

    public HiddenState MoveToOuterDisposeScope()
    {
        Residual.MoveToOuterDisposeScope();
        if (!IsOne)
            Rounded.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Residual.Dispose();
        Rounded.Dispose();
    }
}
