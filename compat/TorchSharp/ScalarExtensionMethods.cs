using TorchSharp.Interop;

namespace TorchSharp;

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => new(new NativeScalar((long)value), torch.ScalarType.Byte);

    public static Scalar ToScalar(this sbyte value) => new(new NativeScalar((long)value), torch.ScalarType.Int8);

    public static Scalar ToScalar(this short value) => new(new NativeScalar((long)value), torch.ScalarType.Int16);

    public static Scalar ToScalar(this int value) => new(new NativeScalar((long)value), torch.ScalarType.Int32);

    public static Scalar ToScalar(this long value) => new(new NativeScalar(value), torch.ScalarType.Int64);

    public static Scalar ToScalar(this Half value) => new(new NativeScalar((double)value), torch.ScalarType.Float16);

    public static Scalar ToScalar(this float value) => new(new NativeScalar((double)value), torch.ScalarType.Float32);

    public static Scalar ToScalar(this double value) => new(new NativeScalar(value), torch.ScalarType.Float64);

    public static Scalar ToScalar(this bool value) => new(new NativeScalar(value), torch.ScalarType.Bool);

    public static float ToSingle(this Scalar value) => (float)value.ToDouble();

    public static double ToDouble(this Scalar value) =>
        value.Value.Kind == NativeScalarKind.Real ? value.Value.Real : value.Value.Integer;

    public static int ToInt32(this Scalar value) => checked((int)value.ToInt64());

    /// <summary>A real number is cut off towards zero.</summary>
    /// <exception cref="OverflowException">It is out of range, or not a number.</exception>
    public static long ToInt64(this Scalar value) =>
        value.Value.Kind == NativeScalarKind.Real ? checked((long)value.Value.Real) : value.Value.Integer;

    public static bool ToBoolean(this Scalar value) => value.ToDouble() != 0;
}
