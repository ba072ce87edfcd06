using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class ErrorTests
{
    public static TheoryData<string, Func<Tensor, Tensor>> WrongCalls => new()
    {
        { "bmm", x => x.bmm(x) },
        { "mm", x => x.mm(x) },
        { "addmm", x => x.addmm(x, x) },
        { "add", x => x.add(zeros(7)) },
        { "add_", x => x.add_(zeros(7)) },
        { "view", x => x.view(5) },
        { "reshape", x => x.reshape(5) },
        { "permute", x => x.permute(0) },
        { "transpose", x => x.transpose(0, 5) },
        { "expand", x => x.expand(9, 9) },
        { "select", x => x.select(0, 9) },
        { "narrow", x => x.narrow(0, 1, 9) },
        { "index_select", x => x.index_select(0, tensor(new[] { 2L })) },
        { "index_select of floats", x => x.index_select(0, zeros(1)) },
        { "cat", x => cat([x, zeros(7, 7)]) },
        { "stack", x => stack([x, zeros(7)]) },
        { "cat of nothing", _ => cat([]) },
        { "linear", x => nn.functional.linear(x, zeros(2, 2)) },
        { "layer_norm", x => nn.functional.layer_norm(x, [4]) },
        { "softmax", x => x.softmax(5) },
        { "masked_fill", x => x.masked_fill(zeros(7).eq(0), 0) },
        { "copy_", x => x.copy_(zeros(7)) },
        { "attention", x => nn.functional.scaled_dot_product_attention(x, zeros(1, 1, 2, 5), x) },
        { "a tensor too large", _ => empty(1L << 60) },
        { "a negative dimension", _ => empty(-1) },
        { "arange without end", _ => arange(0, 1, -1) },
    };

    [Theory]
    [MemberData(nameof(WrongCalls))]
    public void Operator_WithArgumentsThatDoNotFit_Throws(string what, Func<Tensor, Tensor> call)
    {
        Assert.NotEmpty(what);
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);
        var error = Assert.ThrowsAny<Exception>(() => call(x));
        Assert.True(error is ExternalException or ArgumentException, error.ToString());
        Assert.Equal([0f, 0, 0, 0, 0, 0], x.data<float>().ToArray());
    }

    [Fact]
    public void Tensor_OnADeviceThatIsNotThere_Throws()
    {
        Assert.SkipWhen(cuda.is_available(), "there is a GPU here");
        using var x = zeros(1);
        Assert.ThrowsAny<Exception>(() => x.to(new Device(DeviceType.CUDA, 0), non_blocking: true));
        Assert.ThrowsAny<Exception>(() => empty(1, device: CUDA));
        Assert.ThrowsAny<Exception>(() => x.pin_memory());
        Assert.False(x.is_pinned());
    }

    [Fact]
    public void Tensor_AfterDispose_ThrowsInsteadOfReading()
    {
        var x = zeros(1);
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.ThrowsAny<InvalidOperationException>(() => x.Handle);
        Assert.ThrowsAny<InvalidOperationException>(() => x.add(1));
        Assert.ThrowsAny<InvalidOperationException>(() => x.shape);
    }

    [Fact]
    public void Error_OfAnOperator_IsLibtorchsSentence()
    {
        using var x = zeros(2, 3);
        var error = Assert.Throws<ExternalException>(() => x.bmm(x));
        Assert.Contains("must be a 3D tensor", error.Message, StringComparison.Ordinal);
    }
}
