using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class ConversionTests
{
    [Fact]
    public void To_Float16_RoundsAsNet()
    {
        using var scope = NewDisposeScope();
        float[] values = [.. Numbers.Some(100), 65504, 65520, 1e-8f, 6e-8f, float.NaN];
        var halves = tensor(values).to(ScalarType.Float16).data<Half>().ToArray();
        Assert.Equal(values.Select(value => (Half)value), halves);
    }

    [Fact]
    public void To_BFloat16_KeepsTheUpperHalfRoundedToEven()
    {
        using var scope = NewDisposeScope();
        var values = Numbers.Some(100);
        var converted = tensor(values).bfloat16();
        var expected = values.Select(BitConverter.SingleToUInt32Bits)
            .Select(bits => (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
        Assert.Equal(expected, MemoryMarshal.Cast<byte, ushort>(converted.bytes).ToArray());
        var back = converted.to(ScalarType.Float32).data<float>().ToArray();
        Assert.Equal(expected, back.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
    }

    [Fact]
    public void To_TheSameType_IsTheSameMemoryUnlessCopied()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 1, 2 });
        var (same, copy) = (x.to(ScalarType.Float32), x.to(ScalarType.Float32, copy: true));
        x.fill_(7);
        Assert.Equal([7f, 7], same.data<float>().ToArray());
        Assert.Equal([1f, 2], copy.data<float>().ToArray());
    }

    [Fact]
    public void To_WithDisposeAfter_DisposesTheSource()
    {
        var x = tensor(new float[] { 1, 2 });
        using var converted = x.to(ScalarType.Int32, disposeAfter: true);
        Assert.True(x.IsInvalid);
        Assert.Equal([1, 2], converted.data<int>().ToArray());
    }

    [Fact]
    public void To_EachFormOfTheCpu_Works()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, 2 });
        Assert.Equal(DeviceType.CPU, x.to("cpu").device_type);
        Assert.Equal(ScalarType.Float32, x.to(ScalarType.Float32, CPU).dtype);
        Assert.Equal(ScalarType.Int64, x.to(tensor(new[] { 1L })).dtype);
        Assert.Equal("cpu", x.to(DeviceType.CPU).device.ToString());
        Assert.Equal(ScalarType.Float16, x.half().dtype);
    }

    [Fact]
    public void Copy_BetweenTypes_Converts()
    {
        using var scope = NewDisposeScope();
        var target = zeros(2, dtype: ScalarType.Float16);
        Assert.Same(target, target.copy_(tensor(new[] { 1L, 2L })));
        Assert.Equal([(Half)1, (Half)2], target.data<Half>().ToArray());
    }

    [Fact]
    public void Bytes_WhenSet_BecomeTheElements()
    {
        using var scope = NewDisposeScope();
        var x = empty(2, dtype: ScalarType.Int32);
        x.bytes = new byte[] { 1, 0, 0, 0, 0, 1, 0, 0 };
        Assert.Equal([1, 256], x.data<int>().ToArray());
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[7]);
    }

    [Fact]
    public void Bytes_OfAStridedTensor_AreRefused()
    {
        using var scope = NewDisposeScope();
        var strided = zeros(2, 3).transpose(0, 1);
        Assert.Throws<InvalidOperationException>(() => strided.bytes.Length);
    }

    [Fact]
    public void Data_OfAnotherNetType_IsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => zeros(2).data<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
    }

    [Fact]
    public void Accessor_BeyondTheTensor_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var elements = zeros(2, 3).data<float>();
        Assert.Throws<IndexOutOfRangeException>(() => elements[6]);
        Assert.Throws<IndexOutOfRangeException>(() => elements[0, 3]);
    }

    [Fact]
    public void Accessor_WrittenTo_ChangesTheTensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 2);
        using var elements = x.data<float>();
        elements[1, 0] = 5;
        elements[1, 1] = 7;
        Assert.Equal([0f, 0, 5, 7], x.data<float>().ToArray());
        Assert.Equal(12f, elements.Sum());
        var copied = new float[4];
        elements.CopyTo(copied);
        Assert.Equal([0f, 0, 5, 7], copied);
    }

    [Fact]
    public void ToScalar_OfOneElement_ConvertsToEachNumber()
    {
        using var scope = NewDisposeScope();
        var scalar = tensor(new[] { 2.5f }).ToScalar();
        Assert.Equal((2.5f, 2.5, true), (scalar.ToSingle(), scalar.ToDouble(), scalar.ToBoolean()));
        Assert.Equal(7L, tensor(new[] { 7L }).ToScalar().ToInt64());
    }
}
